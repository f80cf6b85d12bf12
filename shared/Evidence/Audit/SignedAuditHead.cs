using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Audit;

/// <summary>An <c>audit-head/v1</c> statement with its signatures and its places in the log, as a file (docs/formats/audit.md).</summary>
/// <remarks>A value is well-formed; nothing in it is checked: see <see cref="AuditFileVerification"/>.</remarks>
/// <param name="Checkpoint">The signed note to which both proofs lead.</param>
public sealed record SignedAuditHead(BundledStatement Statement, string Checkpoint)
{
    /// <summary>What the file calls itself.</summary>
    public const string Format = "lace-audit-head/1";

    public const int MaxBytes = EvidenceBundle.MaxBytes;

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static SignedAuditHead? Parse(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, MaxBytes, AuditHeadJson.Default.AuditHeadDocument, Of, out reason);

    private static SignedAuditHead Of(AuditHeadDocument file)
    {
        Require(file.Format == Format, $"its format is not {Format}");
        return new SignedAuditHead(BundleReader.Statement(file.Statement), file.Checkpoint);
    }

    /// <summary>The file in UTF-8, in JCS form.</summary>
    public byte[] Write() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new AuditHeadDocument(Format, BundleReader.Part(Statement), Checkpoint),
                AuditHeadJson.Default.AuditHeadDocument
            )
        );
}

internal sealed record AuditHeadDocument(string Format, StatementPart Statement, string Checkpoint);

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
[JsonSerializable(typeof(AuditHeadDocument))]
internal sealed partial class AuditHeadJson : JsonSerializerContext;
