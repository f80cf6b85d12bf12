using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Platform;
using Lace.Records.Audit;

namespace Lace.SystemTests.Outside;

/// <summary>A statement signed with the platform's keys and logged among others, with what a verifier needs to know.</summary>
internal sealed class LoggedStatement
{
    private const string Origin = "log.localhost/outside";
    private const int Index = 4;

    private LoggedStatement(Statement statement, SignedStatement signed, LogEntry entry, TrustedRoot root)
    {
        Statement = statement;
        Signed = signed;
        Entry = entry;
        Root = root;
    }

    public static DateTimeOffset Time { get; } = new(2026, 11, 20, 13, 46, 1, TimeSpan.Zero);

    public Statement Statement { get; }

    public SignedStatement Signed { get; }

    public LogEntry Entry { get; }

    public TrustedRoot Root { get; }

    public required EcdsaPublicKey P256 { get; init; }

    public required ReadOnlyMemory<byte> Hybrid { get; init; }

    /// <summary>The Sigstore bundle of the statement.</summary>
    public JsonNode Bundle => JsonNode.Parse(SigstoreBundle.Of(Signed, Entry).ToJson())!;

    /// <summary>The same signature and log entry over the same bytes, shown as a signed message instead of an envelope.</summary>
    public JsonNode MessageBundle =>
        JsonNode.Parse(
            new SigstoreBundle(
                Signed.P256.KeyId,
                [Entry],
                new MessageSignature(Statement.PaeDigest, Signed.P256.Signature),
                Envelope: null
            ).ToJson()
        )!;

    /// <summary>What npm's verifier says under our trusted root and key.</summary>
    public SigstoreJudge Judge => new(JsonNode.Parse(Root.ToJson())!, P256.SubjectPublicKeyInfo);

    /// <summary>What ours says.</summary>
    public SigstoreVerdict? Verify(JsonNode bundle, MerkleHash? artifact) =>
        SigstoreBundle.TryParse(System.Text.Encoding.UTF8.GetBytes(bundle.ToJsonString()), out _) is { } parsed
            ? SigstoreVerification.Verify(parsed, artifact, P256, Root, Time.AddDays(1))
            : null;

    public static async Task<LoggedStatement> MakeAsync(IKeyService keys, TenantId tenant)
    {
        var head = new MerkleHash(SHA256.HashData("head"u8));
        var predicate = new AuditHeadPredicate(new MerkleHash(SHA256.HashData("chain"u8)), 3, head, Time);
        var statement = Statement.Create("chain", head, PredicateTypes.AuditHead, predicate);
        var p256 = await keys.GetSigningKeyAsync(tenant, "statements", SigningAlgorithm.EcdsaP256);
        var hybrid = await keys.GetSigningKeyAsync(tenant, "statements-hybrid", SigningAlgorithm.MlDsa65Ed25519);
        var signed = new SignedStatement(
            statement.Payload,
            new(p256.KeyId, await keys.SignAsync(tenant, p256.KeyId, statement.Pae)),
            new(hybrid.KeyId, await keys.SignAsync(tenant, hybrid.KeyId, statement.Pae))
        );
        var leaf = LogEntries.HashedRekord(statement.PaeDigest, signed.P256.Signature.Span, p256.PublicKey.Span);
        var leaves = Enumerable.Range(0, 11).Select(i => new[] { (byte)i }).ToArray();
        leaves[Index] = leaf;
        var hashes = leaves.Select(body => MerkleTree.HashLeaf(body)).ToArray();
        var (note, logKey) = await SignCheckpointAsync(keys, tenant, new(Origin, 11, MerkleTree.Head(hashes)));
        var entry = LogEntry.OfHashedRekord(Index, logKey, leaf, MerkleTree.InclusionProof(hashes, Index), note);
        return new LoggedStatement(statement, signed, entry, new([TrustedLog.Of(logKey, Time.AddDays(-1))]))
        {
            P256 = EcdsaPublicKey.TryImport(p256.PublicKey.Span)!,
            Hybrid = hybrid.PublicKey,
        };
    }

    // Both lines of a log of ours: the foreign reader has to pass over the one of ML-DSA-44.
    private static async Task<(string Note, VerifierKey Key)> SignCheckpointAsync(
        IKeyService keys,
        TenantId tenant,
        Checkpoint checkpoint
    )
    {
        var ed25519 = await keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        var mlDsa = await keys.GetSigningKeyAsync(tenant, "log-mldsa", SigningAlgorithm.MlDsa44);
        var first = VerifierKey.Create(Origin, NoteSignatureType.Ed25519, ed25519.PublicKey.Span)!;
        var second = VerifierKey.Create(Origin, NoteSignatureType.MlDsa44Cosignature, mlDsa.PublicKey.Span)!;
        var time = Time.ToUnixTimeSeconds();
        var a = await keys.SignAsync(tenant, ed25519.KeyId, NoteSigning.Message(first, checkpoint.Text));
        var b = await keys.SignAsync(tenant, mlDsa.KeyId, NoteSigning.Message(second, checkpoint.Text, time));
        var note = new SignedNote(checkpoint.Text, [NoteSigning.Line(first, a), NoteSigning.Line(second, b, time)]);
        return (note.ToString(), first);
    }
}
