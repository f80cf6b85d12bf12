using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography.Json;
using Lace.Evidence.Statements;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Statements;

public sealed class SignatureTests : IDisposable
{
    private readonly StatementKeys keys = new();
    private readonly Statement statement = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);

    public void Dispose() => keys.Dispose();

    [Fact]
    public void Both_signatures_verify_under_their_keys_alone()
    {
        var signed = keys.Sign(statement);
        Assert.Equal(SignatureVerdict.Valid, Verify(StatementAlgorithm.P256, signed.P256));
        Assert.Equal(SignatureVerdict.Valid, Verify(StatementAlgorithm.Hybrid, signed.Hybrid));
        Assert.Equal(SignatureVerdict.UnknownKey, Verify(StatementAlgorithm.Hybrid, signed.P256));
        Assert.Equal(SignatureVerdict.UnknownKey, Verify(StatementAlgorithm.P256, signed.Hybrid));
        using var others = new StatementKeys();
        var other = others.Sign(statement);
        Assert.Equal(SignatureVerdict.UnknownKey, Verify(StatementAlgorithm.P256, other.P256));
        Assert.Equal(
            SignatureVerdict.WrongSignature,
            Verify(StatementAlgorithm.P256, other.P256 with { KeyId = keys.P256.Id })
        );
        Assert.Equal(
            SignatureVerdict.WrongSignature,
            Verify(StatementAlgorithm.Hybrid, other.Hybrid with { KeyId = keys.Hybrid.Id })
        );
    }

    [Fact]
    public void A_key_counts_only_within_its_validity_both_ends_included()
    {
        var signed = keys.Sign(statement);
        var (from, until) = (keys.P256.ValidFrom, keys.P256.ValidUntil!.Value);
        Assert.Equal(SignatureVerdict.Valid, Verify(StatementAlgorithm.P256, signed.P256, from));
        Assert.Equal(SignatureVerdict.Valid, Verify(StatementAlgorithm.P256, signed.P256, until));
        Assert.Equal(SignatureVerdict.KeyNotValidThen, Verify(StatementAlgorithm.P256, signed.P256, from.AddTicks(-1)));
        Assert.Equal(SignatureVerdict.KeyNotValidThen, Verify(StatementAlgorithm.P256, signed.P256, until.AddTicks(1)));
        Assert.Equal(SignatureVerdict.Valid, Verify(StatementAlgorithm.Hybrid, signed.Hybrid, until.AddYears(50)));
    }

    [Fact]
    public void No_signature_with_a_changed_byte_verifies()
    {
        var signed = keys.Sign(statement);
        var random = new Random(2);
        for (var i = 0; i < signed.P256.Signature.Length; i++)
        {
            Assert.Equal(SignatureVerdict.WrongSignature, Verify(StatementAlgorithm.P256, Flip(signed.P256, i)));
        }

        foreach (var i in Enumerable.Range(0, 40).Select(_ => random.Next(3373)).Append(0).Append(3308).Append(3372))
        {
            Assert.Equal(SignatureVerdict.WrongSignature, Verify(StatementAlgorithm.Hybrid, Flip(signed.Hybrid, i)));
        }

        foreach (var length in new[] { 0, 1, 64, 3309, 3372 })
        {
            Assert.Equal(
                SignatureVerdict.WrongSignature,
                Verify(StatementAlgorithm.Hybrid, signed.Hybrid with { Signature = signed.Hybrid.Signature[..length] })
            );
        }
    }

    [Fact]
    public void A_statement_of_other_content_has_neither_signature()
    {
        var signed = keys.Sign(statement);
        var other = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report with { Verdict = "INCONSISTENT" });
        Assert.Equal(
            SignatureVerdict.WrongSignature,
            StatementVerification.Verify(other, StatementAlgorithm.P256, signed.P256, keys.Both, MadeStatements.Time)
        );
        Assert.Equal(
            SignatureVerdict.WrongSignature,
            StatementVerification.Verify(
                other,
                StatementAlgorithm.Hybrid,
                signed.Hybrid,
                keys.Both,
                MadeStatements.Time
            )
        );
    }

    [Fact]
    public void A_key_in_another_encoding_is_no_key()
    {
        var spki = keys.P256.PublicKey.ToArray();
        Assert.Null(StatementKey.TryImport(StatementAlgorithm.P256, [.. spki, 0], MadeStatements.Time));
        Assert.Null(StatementKey.TryImport(StatementAlgorithm.P256, spki.AsSpan(1), MadeStatements.Time));
        Assert.Null(StatementKey.TryImport(StatementAlgorithm.Hybrid, spki, MadeStatements.Time));
        Assert.Null(StatementKey.TryImport(StatementAlgorithm.Hybrid, new byte[1983], MadeStatements.Time));
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var wrongCurve = p384.ExportSubjectPublicKeyInfo();
        Assert.Null(StatementKey.TryImport(StatementAlgorithm.P256, wrongCurve, MadeStatements.Time));
        Assert.Equal(EcdsaCurve.P384, EcdsaPublicKey.TryImport(wrongCurve)!.Curve);
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var large = EcdsaPublicKey.TryImport(p521.ExportSubjectPublicKeyInfo())!;
        Assert.True(
            large.Verify("x"u8, p521.SignData("x"u8, HashAlgorithmName.SHA512, DSASignatureFormat.Rfc3279DerSequence))
        );
        spki[^1] ^= 1;
        Assert.Null(EcdsaPublicKey.TryImport(spki));
    }

    [Theory]
    [InlineData("ecdsa_secp256r1_sha256_test.json")]
    [InlineData("ecdsa_secp384r1_sha384_test.json")]
    public void Accepts_and_refuses_the_published_signatures(string file)
    {
        var (accepted, refused) = (0, 0);
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("classical", file)))
        {
            var key = EcdsaPublicKey.TryImport(group.Hex("publicKeyDer"))!;
            var valid = key.Verify(test.Hex("msg"), test.Hex("sig"));
            Assert.True(valid == (test.Text("result") == "valid"), test.Text("comment"));
            (accepted, refused) = valid ? (accepted + 1, refused) : (accepted, refused + 1);
        }

        Vectors.Print($"{file}: {accepted} accepted, {refused} refused");
        Assert.True(accepted > 50 && refused > 50);
    }

    [Fact]
    public void The_example_of_the_envelope_specification_verifies()
    {
        var example = Vectors.Read("formats", "dsse-protocol-example.json");
        var pae = Dsse.Pae(example.Text("payloadType"), Encoding.UTF8.GetBytes(example.Text("payload")));
        Assert.Equal(example.Text("pae"), Encoding.UTF8.GetString(pae));
        using var point = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Number(example.Text("x")), Y = Number(example.Text("y")) },
            }
        );
        var key = EcdsaPublicKey.TryImport(point.ExportSubjectPublicKeyInfo())!;
        var signature = Der(example.Base64("sig_b64"));
        Assert.True(key.Verify(pae, signature));
        pae[^1] ^= 1;
        Assert.False(key.Verify(pae, signature));
    }

    [Fact]
    public void The_encoding_counts_bytes_not_characters() =>
        Assert.Equal("DSSEv1 4 a√ 4 1√", Encoding.UTF8.GetString(Dsse.Pae("a√", "1√"u8)));

    [Fact]
    public void The_leaves_are_canonical_json_and_name_the_signature()
    {
        var signed = keys.Sign(statement);
        var hashedRekord = LogEntries.HashedRekord(
            statement.PaeDigest,
            signed.P256.Signature.Span,
            keys.P256.PublicKey.Span
        );
        var hybrid = LogEntries.LaceHybrid(statement.PaeDigest, signed.Hybrid.KeyId, signed.Hybrid.Signature.Span);
        Assert.True(CanonicalJson.IsCanonical(hashedRekord));
        Assert.True(CanonicalJson.IsCanonical(hybrid));
        var text = Encoding.ASCII.GetString(hybrid);
        Assert.Contains(statement.PaeDigest.ToString(), text, StringComparison.Ordinal);
        Assert.Contains(
            Convert.ToHexStringLower(SHA256.HashData(signed.Hybrid.Signature.Span)),
            text,
            StringComparison.Ordinal
        );
    }

    private SignatureVerdict Verify(
        StatementAlgorithm algorithm,
        StatementSignature signature,
        DateTimeOffset? time = null
    ) => StatementVerification.Verify(statement, algorithm, signature, keys.Both, time ?? MadeStatements.Time);

    private static StatementSignature Flip(StatementSignature signature, int at)
    {
        var bytes = signature.Signature.ToArray();
        bytes[at] ^= 1;
        return signature with { Signature = bytes };
    }

    private static byte[] Number(string text) =>
        BigInteger.Parse(text).ToByteArray(isUnsigned: true, isBigEndian: true);

    private static byte[] Der(byte[] fixedSize)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(fixedSize.AsSpan(0, 32));
            writer.WriteIntegerUnsigned(fixedSize.AsSpan(32));
        }

        return writer.Encode();
    }
}
