using System.Security.Cryptography;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

public sealed class VerifierKeyTests
{
    private static readonly NoteSigner Signer = new("log.test/1", NoteSignatureType.Ed25519, 1);

    [Fact]
    public void Has_the_same_text_after_reading()
    {
        foreach (
            var type in new[]
            {
                NoteSignatureType.Ed25519,
                NoteSignatureType.Ed25519Cosignature,
                NoteSignatureType.MlDsa44Cosignature,
            }
        )
        {
            var key = new NoteSigner("log.test/1", type, 1).Key;
            Assert.True(VerifierKey.TryParse(key.ToString(), out var read));
            Assert.Equal(key, read);
            Assert.Equal(key.GetHashCode(), read.GetHashCode());
            Assert.Equal(key.ToString(), read.ToString());
        }
    }

    [Fact]
    public void An_ecdsa_key_has_the_start_of_its_digest_as_id()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = pair.ExportSubjectPublicKeyInfo();
        var key = VerifierKey.Create("rekor.test", NoteSignatureType.Ecdsa, spki);
        Assert.NotNull(key);
        Assert.Equal(SHA256.HashData(spki), key.Digest.ToArray());
        Assert.Equal($"rekor.test+{Convert.ToHexStringLower(SHA256.HashData(spki)[..4])}", key.ToString()[..19]);
        Assert.True(VerifierKey.TryParse(key.ToString(), out _));
    }

    [Fact]
    public void The_same_key_under_another_name_or_type_has_another_id()
    {
        var other = new NoteSigner("log.test/2", NoteSignatureType.Ed25519, 1).Key;
        var cosigner = new NoteSigner("log.test/1", NoteSignatureType.Ed25519Cosignature, 1).Key;
        Assert.NotEqual(Signer.Key.KeyId, other.KeyId);
        Assert.NotEqual(Signer.Key.KeyId, cosigner.KeyId);
        Assert.False(Signer.Key.Equals(other) || Signer.Key.Equals(cosigner));
        Assert.True(Signer.Key.HasPublicKeyOf(other) && Signer.Key.HasPublicKeyOf(cosigner));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a\u00a0b")]
    [InlineData("a\nb")]
    public void Refuses_a_name_that_a_line_could_not_hold(string name) =>
        Assert.Null(VerifierKey.Create(name, NoteSignatureType.Ed25519, Signer.Key.PublicKey.Span));

    // Not among the data above: a test's arguments become UTF-8 on their way.
    [Fact]
    public void Refuses_half_a_code_point() => Refuses_a_name_that_a_line_could_not_hold("\ud800");

    [Fact]
    public void Refuses_a_name_too_long_for_a_cosignature()
    {
        Assert.NotNull(VerifierKey.Create(new string('a', 255), NoteSignatureType.Ed25519, Signer.Key.PublicKey.Span));
        Assert.Null(VerifierKey.Create(new string('a', 256), NoteSignatureType.Ed25519, Signer.Key.PublicKey.Span));
        Assert.Null(
            VerifierKey.Create(new string('\u00e4', 128), NoteSignatureType.Ed25519, Signer.Key.PublicKey.Span)
        );
    }

    [Theory]
    [InlineData(NoteSignatureType.Ed25519)]
    [InlineData(NoteSignatureType.Ecdsa)]
    [InlineData(NoteSignatureType.Ed25519Cosignature)]
    [InlineData(NoteSignatureType.MlDsa44Cosignature)]
    [InlineData((NoteSignatureType)3)]
    [InlineData((NoteSignatureType)0xff)]
    public void Refuses_bytes_that_are_no_key_of_the_type(NoteSignatureType type)
    {
        foreach (var length in new[] { 0, 31, 33, 91, 1311, 5000 })
        {
            Assert.Null(VerifierKey.Create("a", type, new byte[length]));
        }
    }

    [Fact]
    public void Refuses_ecdsa_keys_of_other_curves_other_kinds_and_with_more_behind()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var brainpool = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var rsa = RSA.Create(2048);
        Assert.Null(VerifierKey.Create("a", NoteSignatureType.Ecdsa, [.. p256.ExportSubjectPublicKeyInfo(), 0]));
        Assert.Null(VerifierKey.Create("a", NoteSignatureType.Ecdsa, brainpool.ExportSubjectPublicKeyInfo()));
        Assert.Null(VerifierKey.Create("a", NoteSignatureType.Ecdsa, rsa.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void Refuses_every_changed_character_and_every_cut()
    {
        var text = Signer.Key.ToString();
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            Assert.False(VerifierKey.TryParse(changed, out _), changed);
            Assert.False(VerifierKey.TryParse(text[..i], out _));
        }

        Assert.False(VerifierKey.TryParse(text + "=", out _));
        Assert.False(VerifierKey.TryParse(text.ToUpperInvariant(), out _));
        Assert.False(VerifierKey.TryParse(new string('A', 10_000_000), out _));
        Assert.False(VerifierKey.TryParse(null, out _));
    }
}
