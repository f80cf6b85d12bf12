using Lace.Cryptography;

namespace Lace.Tests.Cryptography;

/// <summary>What every signature algorithm keeps.</summary>
public sealed class SignatureContract
{
    private static readonly SignatureAlgorithm[] All =
    [
        SignatureAlgorithm.Ed25519,
        SignatureAlgorithm.MlDsa44,
        SignatureAlgorithm.MlDsa65,
        SignatureAlgorithm.MlDsa65Ed25519,
    ];

    public static TheoryData<string> Names => [.. All.Select(a => a.Name)];

    private static SignatureAlgorithm Named(string name) => All.Single(a => a.Name == name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Verifies_what_it_signs(string name)
    {
        var algorithm = Named(name);
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            using var key = algorithm.GenerateKey();
            var message = new byte[random.Next(300)];
            var context = new byte[random.Next(algorithm.MaxContextSize + 1)];
            random.NextBytes(message);
            random.NextBytes(context);
            var signature = algorithm.Sign(key, message, context);

            Assert.True(algorithm.Verify(key.PublicKey, message, signature, context));
            Assert.True(algorithm.Verify(key.PublicKey.Encoded, message, signature, context));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Refuses_any_flipped_bit_of_signature_message_context_and_key(string name)
    {
        var algorithm = Named(name);
        using var key = algorithm.GenerateKey();
        var random = new Random(2);
        byte[] message = [.. "one message"u8];
        byte[] context = algorithm.MaxContextSize > 0 ? [.. "context"u8] : [];
        var signature = algorithm.Sign(key, message, context);
        byte[] publicKey = [.. key.PublicKey.Encoded];

        // Every byte of the signature once with one random bit, a sample of the public key, all of the rest.
        for (var i = 0; i < signature.Length; i++)
        {
            var bit = (byte)(1 << random.Next(8));
            signature[i] ^= bit;
            Assert.False(algorithm.Verify(key.PublicKey, message, signature, context), $"byte {i} of the signature");
            signature[i] ^= bit;
        }

        for (var i = 0; i < publicKey.Length; i += publicKey.Length > 100 ? 13 : 1)
        {
            var bit = (byte)(1 << random.Next(8));
            publicKey[i] ^= bit;
            Assert.False(algorithm.Verify(publicKey, message, signature, context), $"byte {i} of the key");
            publicKey[i] ^= bit;
        }

        foreach (var changed in new[] { message, context })
        {
            for (var i = 0; i < changed.Length; i++)
            {
                changed[i] ^= 1;
                Assert.False(algorithm.Verify(publicKey, message, signature, context));
                changed[i] ^= 1;
            }
        }

        Assert.True(algorithm.Verify(publicKey, message, signature, context));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Wrong_lengths_are_not_valid_and_do_not_throw(string name)
    {
        var algorithm = Named(name);
        using var key = algorithm.GenerateKey();
        var signature = algorithm.Sign(key, "m"u8);
        var publicKey = key.PublicKey.Encoded.ToArray();

        Assert.False(algorithm.Verify(publicKey, "m"u8, signature.AsSpan(1)));
        Assert.False(algorithm.Verify(publicKey, "m"u8, []));
        Assert.False(algorithm.Verify(publicKey, "m"u8, [.. signature, 0]));
        Assert.False(algorithm.Verify(publicKey.AsSpan(1), "m"u8, signature));
        Assert.False(algorithm.Verify([.. publicKey, 0], "m"u8, signature));
        Assert.False(algorithm.Verify([], "m"u8, signature));
        Assert.False(algorithm.Verify(publicKey, "m"u8, signature, new byte[algorithm.MaxContextSize + 1]));
        Assert.Null(algorithm.ImportPublicKey(publicKey.AsSpan(1)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Misuse_by_the_programmer_throws(string name)
    {
        var algorithm = Named(name);
        using var key = algorithm.GenerateKey();
        var other = All.First(a => a != algorithm);

        Assert.Throws<ArgumentException>(() => other.Sign(key, "m"u8));
        Assert.Throws<ArgumentException>(() => other.Verify(key.PublicKey, "m"u8, new byte[other.SignatureSize]));
        Assert.Throws<ArgumentException>(() => algorithm.ImportKey(new byte[algorithm.SeedSize - 1]));
        Assert.Throws<ArgumentException>(() =>
            algorithm.Sign(key, "m"u8, default, new byte[algorithm.SignatureSize + 1])
        );
        Assert.Throws<ArgumentException>(() => algorithm.Sign(key, "m"u8, new byte[algorithm.MaxContextSize + 1]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_seed_leaves_only_a_key_made_for_that_and_gives_the_same_key(string name)
    {
        var algorithm = Named(name);
        using var closed = algorithm.GenerateKey();
        using var open = algorithm.GenerateKey(KeyExport.Allowed);
        var seed = new byte[algorithm.SeedSize];

        Assert.Throws<InvalidOperationException>(() => closed.ExportSeed(seed));
        open.ExportSeed(seed);
        using var again = algorithm.ImportKey(seed);
        Assert.True(open.PublicKey.Encoded.SequenceEqual(again.PublicKey.Encoded));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_disposed_key_signs_nothing(string name)
    {
        var algorithm = Named(name);
        var key = algorithm.GenerateKey(KeyExport.Allowed);
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => algorithm.Sign(key, "m"u8));
        Assert.Throws<ObjectDisposedException>(() => key.ExportSeed(new byte[algorithm.SeedSize]));
    }

    [Fact]
    public void A_disposed_secret_is_zeroed()
    {
        var secret = new Secret<int>(100);
        var span = secret.Span;
        span.Fill(-1);
        secret.Dispose();

        Assert.Equal(-1, span.IndexOfAnyExcept(0));
    }
}
