using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Fingerprints;

/// <summary>The dataset statement that commits to a filter, with its signatures and places in the log.</summary>
/// <remarks>A value is well-formed; nothing in it is checked: see <see cref="ExclusionVerification"/>.</remarks>
/// <param name="Checkpoint">The signed note to which both proofs lead.</param>
public sealed record SignedFilter(BundledStatement Statement, string Checkpoint)
{
    public const string Format = "lace-filter-statement/1";

    public const int MaxBytes = EvidenceBundle.MaxBytes;

    /// <summary>What the statement says; null where it is no dataset statement.</summary>
    public DatasetPredicate? Read() =>
        Lace.Evidence.Statements.Statement.TryParse(Statement.Signed.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.Dataset, out var dataset)
            ? dataset
            : null;

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static SignedFilter? Parse(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, MaxBytes, ExclusionJson.Default.SignedFilterDocument, Of, out reason);

    private static SignedFilter Of(SignedFilterDocument file)
    {
        Require(file.Format == Format, $"its format is not {Format}");
        return new SignedFilter(BundleReader.Statement(file.Statement), file.Checkpoint);
    }

    /// <summary>The file in UTF-8, in JCS form.</summary>
    public byte[] Write() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new SignedFilterDocument(Format, BundleReader.Part(Statement), Checkpoint),
                ExclusionJson.Default.SignedFilterDocument
            )
        );
}

internal sealed record SignedFilterDocument(string Format, StatementPart Statement, string Checkpoint);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16,
    Converters = [typeof(HexHash)]
)]
[JsonSerializable(typeof(SignedFilterDocument))]
[JsonSerializable(typeof(ExclusionProofDocument))]
internal sealed partial class ExclusionJson : JsonSerializerContext;
