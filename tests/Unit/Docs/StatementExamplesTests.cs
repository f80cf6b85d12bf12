using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Records.Audit;
using Lace.Records.Notary;
using static Lace.Tests.Docs.FormatExamples;

namespace Lace.Tests.Docs;

public sealed class StatementExamplesTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 20, 13, 46, 1, TimeSpan.Zero);

    [Fact]
    public void The_statement_is_canonical_and_its_digest_the_one_stated()
    {
        Assert.Equal(IndexPage.Text("pae-sha256"), ExampleStatement.PaeDigest.ToString());
        Assert.True(ExampleStatement.TryRead(PredicateTypes.AuditHead, out var predicate));
        Assert.Equal((3, ExampleStatement.Subject, Time), (predicate.Entries, predicate.Head, predicate.At));
        AssertNoChangePasses(
            Read("statement.json"),
            changed =>
                Statement.TryParse(changed, out var other) == StatementError.None
                && other!.PaeDigest == ExampleStatement.PaeDigest
        );
    }

    [Fact]
    public void The_public_keys_of_the_policy_are_those_of_the_published_seeds()
    {
        using var hybrid = SignatureAlgorithm.MlDsa65Ed25519.ImportKey(Seed(0, 64));
        using var ed25519 = SignatureAlgorithm.Ed25519.ImportKey(Seed(64, 32));
        using var mlDsa = SignatureAlgorithm.MlDsa44.ImportKey(Seed(96, 32));
        using var p256 = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Seed(1, 32) });

        Assert.Equal(p256.ExportSubjectPublicKeyInfo(), Policy.StatementKeys[0].PublicKey.ToArray());
        Assert.Equal(hybrid.PublicKey.Encoded, Policy.StatementKeys[1].PublicKey.Span);
        Assert.Equal(ed25519.PublicKey.Encoded, Policy.Log.Keys[0].PublicKey.Span);
        Assert.Equal(mlDsa.PublicKey.Encoded, Policy.Log.Keys[1].PublicKey.Span);
    }

    [Fact]
    public void Both_signatures_verify_under_the_keys_of_the_policy()
    {
        AssertVerifies(StatementAlgorithm.P256, P256());
        AssertVerifies(StatementAlgorithm.Hybrid, Hybrid());
        var payload = new MerkleHash(SHA256.HashData(ExampleStatement.Payload.Span));
        AssertNoChangePasses(
            Read("statement.hyb"),
            changed =>
                HybridFile.TryParse(changed) is { } file
                && file.PayloadSha256 == payload
                && Verify(StatementAlgorithm.Hybrid, new(file.KeyId, file.Signature)) == SignatureVerdict.Valid
        );
    }

    [Fact]
    public void The_leaves_are_rebuilt_from_the_statement_and_hash_to_the_root()
    {
        var (p256, hybrid) = (P256(), Hybrid());
        byte[][] leaves =
        [
            LogEntries.HashedRekord(
                ExampleStatement.PaeDigest,
                p256.Signature.Span,
                Policy.StatementKeys[0].PublicKey.Span
            ),
            LogEntries.LaceHybrid(ExampleStatement.PaeDigest, hybrid.KeyId, hybrid.Signature.Span),
        ];
        Assert.Equal(IndexPage.Text("leaf-p256"), Encoding.UTF8.GetString(leaves[0]));
        Assert.Equal(IndexPage.Text("leaf-hybrid"), Encoding.UTF8.GetString(leaves[1]));

        var stated = IndexPage.Json("leaf-hashes");
        var hashes = leaves.Select(leaf => MerkleTree.HashLeaf(leaf)).ToArray();
        Assert.Equal(stated.GetProperty("p256").GetString(), hashes[0].ToString());
        Assert.Equal(stated.GetProperty("hybrid").GetString(), hashes[1].ToString());
        Assert.Equal(stated.GetProperty("root").GetString(), MerkleTree.Head(hashes).ToString());
        Assert.Equal(MerkleTree.Head(hashes), ExampleCheckpoint.Root);
    }

    [Fact]
    public void The_Sigstore_bundle_verifies_under_the_trusted_root()
    {
        var root = TrustedRoot.TryParse(Read("trusted_root.json"));
        Assert.NotNull(root);
        var key = EcdsaPublicKey.TryImport(Policy.StatementKeys[0].PublicKey.Span);
        var bundle = SigstoreBundle.TryParse(Read("statement.sigstore.json"), out _)!;
        Assert.Empty(SigstoreVerification.Verify(bundle, ExampleStatement.Subject, key, root, Time).Refusals);
        Assert.Equal(ExampleStatement.Payload.ToArray(), bundle.Envelope!.Payload.ToArray());

        var nothing = new TrustedRoot([]);
        Assert.Contains(
            SigstoreRefusal.LogUnknown,
            SigstoreVerification.Verify(bundle, ExampleStatement.Subject, key, nothing, Time).Refusals
        );
    }

    private static void AssertVerifies(StatementAlgorithm algorithm, StatementSignature signature)
    {
        Assert.Equal(SignatureVerdict.Valid, Verify(algorithm, signature));
        Assert.Equal(
            SignatureVerdict.KeyNotValidThen,
            StatementVerification.Verify(
                ExampleStatement,
                algorithm,
                signature,
                Policy.StatementKeys,
                Time.AddYears(-1)
            )
        );
        AssertNoChangePasses(
            signature.Signature.ToArray(),
            changed => Verify(algorithm, new(signature.KeyId, changed)) == SignatureVerdict.Valid
        );
    }

    private static SignatureVerdict Verify(StatementAlgorithm algorithm, StatementSignature signature) =>
        StatementVerification.Verify(ExampleStatement, algorithm, signature, Policy.StatementKeys, Time);

    private static StatementSignature P256()
    {
        var envelope = SigstoreBundle.TryParse(Read("statement.sigstore.json"), out _)!.Envelope!;
        return new(envelope.KeyId, envelope.Signature);
    }

    private static StatementSignature Hybrid()
    {
        var file = HybridFile.TryParse(Read("statement.hyb"))!;
        return new(file.KeyId, file.Signature);
    }

    private static byte[] Seed(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (byte)i)];
}
