using Lace.Cryptography;

namespace Lace.Tests.Cryptography;

public sealed class CompositeTests
{
    private static readonly CompositeMlDsa65Ed25519 Composite = SignatureAlgorithm.MlDsa65Ed25519;

    [Fact]
    public void Agrees_with_the_vectors_of_the_draft()
    {
        var file = Vectors.Read("pqc", "lamps-composite-draft.json");
        var test = file.GetProperty("tests").EnumerateArray().Single(t => t.Text("tcId") == Composite.Name);
        var (message, context) = (file.Base64("m"), file.Base64("ctx"));
        using var key = Composite.ImportKey(test.Base64("sk"));

        Assert.Equal(test.Base64("pk"), key.PublicKey.Encoded);
        Assert.True(Composite.Verify(key.PublicKey, message, test.Base64("s")));
        Assert.True(Composite.Verify(key.PublicKey, message, test.Base64("sWithContext"), context));
        Assert.False(Composite.Verify(key.PublicKey, message, test.Base64("s"), context));
        Assert.False(Composite.Verify(key.PublicKey, message, test.Base64("sWithContext")));
        Vectors.Print("LAMPS draft composite: 2 accepted, 2 refused");
    }

    [Fact]
    public void Accepts_and_refuses_what_another_implementation_does()
    {
        var (accepted, refused) = (0, 0);
        foreach (
            var test in Vectors.Read("pqc", "composite-mldsa65-ed25519.json").GetProperty("tests").EnumerateArray()
        )
        {
            var expected = test.Text("expect") == "accept";
            var publicKey = test.Hex("pk_hex");
            var actual = Composite.Verify(
                publicKey,
                test.Hex("message_hex"),
                test.Hex("signature_hex"),
                test.Hex("ctx_hex")
            );
            Assert.True(expected == actual, test.Text("name"));
            if (expected)
            {
                using var key = Composite.ImportKey(test.Hex("sk_seed_hex"));
                Assert.Equal(publicKey, key.PublicKey.Encoded);
            }

            _ = actual ? accepted++ : refused++;
        }

        Vectors.Print($"Composite: {accepted} accepted, {refused} refused");
        Assert.Equal((6, 10), (accepted, refused));
    }

    [Fact]
    public void A_half_is_no_signature_of_its_own_key()
    {
        var seed = new byte[64];
        using var composite = Composite.ImportKey(seed);
        using var mlDsa = SignatureAlgorithm.MlDsa65.ImportKey(seed.AsSpan(0, 32));
        using var ed25519 = SignatureAlgorithm.Ed25519.ImportKey(seed.AsSpan(32));
        var signature = Composite.Sign(composite, "message"u8);

        Assert.False(SignatureAlgorithm.MlDsa65.Verify(mlDsa.PublicKey, "message"u8, signature.AsSpan(0, 3309)));
        Assert.False(SignatureAlgorithm.Ed25519.Verify(ed25519.PublicKey, "message"u8, signature.AsSpan(3309)));
    }

    [Fact]
    public void The_halves_may_be_signed_elsewhere_from_the_representative()
    {
        var seed = new byte[64];
        using var composite = Composite.ImportKey(seed);
        using var mlDsa = SignatureAlgorithm.MlDsa65.ImportKey(seed.AsSpan(0, 32));
        using var ed25519 = SignatureAlgorithm.Ed25519.ImportKey(seed.AsSpan(32));
        var representative = Composite.ComputeMessageRepresentative("message"u8, "context"u8);
        var mu = new byte[MlDsa.MuSize];
        SignatureAlgorithm.MlDsa65.ComputeMu(mlDsa.PublicKey, representative, "COMPSIG-MLDSA65-Ed25519-SHA512"u8, mu);
        var first = new byte[3309];
        SignatureAlgorithm.MlDsa65.SignMu(mlDsa, mu, first);

        byte[] signature = [.. first, .. SignatureAlgorithm.Ed25519.Sign(ed25519, representative)];
        Assert.True(Composite.Verify(composite.PublicKey, "message"u8, signature, "context"u8));
    }
}
