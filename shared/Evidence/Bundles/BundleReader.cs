using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Cryptography.Json;
using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Bundles;

/// <summary>The bundle as JSON. One value has one spelling but for white space and the order of members.</summary>
internal static class BundleReader
{
    private const int MaxId = 64;

    /// <summary>Levels of a tree that has as many leaves as a number has values.</summary>
    private const int MaxProof = 63;

    private const int MaxKeyId = 44;

    public static EvidenceBundle? Read(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, EvidenceBundle.MaxBytes, BundleJson.Default.BundleDocument, Of, out reason);

    public static byte[] Write(EvidenceBundle bundle) =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new BundleDocument(
                    EvidenceBundle.Format,
                    bundle.RunId,
                    bundle.AttestationId,
                    [.. bundle.Statements.Select(Part)],
                    bundle.Checkpoint,
                    [.. bundle.Consistency.Select(hash => NoteText.Encode(hash))],
                    new(new(bundle.RunLog.Sha256, bundle.RunLog.Bytes, NamedRunLog.From(bundle.RunId)))
                ),
                BundleJson.Default.BundleDocument
            )
        );

    public static StatementPart Part(BundledStatement statement) =>
        new(
            Convert.ToBase64String(statement.Signed.Payload.Span),
            Part(statement.Signed.P256, statement.P256),
            Part(statement.Signed.Hybrid, statement.Hybrid)
        );

    private static EvidenceBundle Of(BundleDocument file)
    {
        Require(file.Format == EvidenceBundle.Format, $"its format is not {EvidenceBundle.Format}");
        Require(file.RunId.Length <= MaxId && file.AttestationId.Length <= MaxId, "an id is too long");
        Require(
            file.Statements.Count
                is >= EvidenceBundle.RunStatements
                    and <= EvidenceBundle.RunStatements + EvidenceBundle.MaxReports,
            "it has not 4 to 8 statements"
        );
        Require(file.Consistency.Count <= MaxProof + 1, "the consistency proof is too long");
        Require(file.Recompute.RunLog.Bytes >= 0, "the run-log file has no length");
        Require(
            file.Recompute.RunLog.From == NamedRunLog.From(file.RunId),
            "recompute.run_log.from is not the address of the run's log"
        );
        return new EvidenceBundle(
            file.RunId,
            file.AttestationId,
            [.. file.Statements.Select(Statement)],
            file.Checkpoint,
            Hashes(file.Consistency),
            new(file.Recompute.RunLog.Sha256, file.Recompute.RunLog.Bytes)
        );
    }

    public static BundledStatement Statement(StatementPart part)
    {
        Require(part.P256.Log.Index >= 0 && part.Hybrid.Log.Index >= 0, "an index is negative");
        return new BundledStatement(
            new(Bytes(part.Payload), Signature(part.P256), Signature(part.Hybrid)),
            new(part.P256.Log.Index, Hashes(part.P256.Log.Hashes)),
            new(part.Hybrid.Log.Index, Hashes(part.Hybrid.Log.Hashes))
        );
    }

    private static StatementSignature Signature(SignaturePart part)
    {
        Require(part.KeyId.Length <= MaxKeyId, "a key id is too long");
        return new StatementSignature(part.KeyId, Bytes(part.Signature));
    }

    private static MerkleHash[] Hashes(IReadOnlyList<string> proof)
    {
        Require(proof.Count <= MaxProof + 1, "a proof is too long");
        return [.. proof.Select(Hash)];
    }

    private static SignaturePart Part(StatementSignature signature, LogProof proof) =>
        new(
            signature.KeyId,
            Convert.ToBase64String(signature.Signature.Span),
            new(proof.Index, [.. proof.Hashes.Select(hash => NoteText.Encode(hash))])
        );
}

internal sealed record BundleDocument(
    string Format,
    string RunId,
    string AttestationId,
    IReadOnlyList<StatementPart> Statements,
    string Checkpoint,
    IReadOnlyList<string> Consistency,
    RecomputePart Recompute
);

internal sealed record StatementPart(string Payload, SignaturePart P256, SignaturePart Hybrid);

internal sealed record SignaturePart(string KeyId, string Signature, ProofPart Log);

internal sealed record ProofPart(long Index, IReadOnlyList<string> Hashes);

internal sealed record RecomputePart(RunLogPart RunLog);

internal sealed record RunLogPart(MerkleHash Sha256, long Bytes, string From);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16,
    Converters = [typeof(HexHash)]
)]
[JsonSerializable(typeof(BundleDocument))]
[JsonSerializable(typeof(CertificateDocument))]
internal sealed partial class BundleJson : JsonSerializerContext;
