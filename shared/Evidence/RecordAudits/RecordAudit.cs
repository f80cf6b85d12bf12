using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.RecordAudits;

/// <summary>Records of a dataset that were drawn at random, opened for an auditor, with the blocks of the filter on which they fall (docs/formats/record-audit.md).</summary>
/// <remarks>A value is well-formed; nothing in it is checked: see <see cref="RecordAuditVerification"/>. It holds text of the dataset, and the key of a keyed filter.</remarks>
/// <param name="Filter">The statement, with proofs to the checkpoint from which the records were drawn.</param>
/// <param name="Key">32 bytes, only of a keyed filter.</param>
/// <param name="OpenedBands">Of the filter for near-duplicates; null where there is none, or no record has bands.</param>
public sealed record RecordAudit(
    SignedFilter Filter,
    IReadOnlyList<OpenedRecord> Records,
    ReadOnlyMemory<byte>? Key,
    OpenedBlocks Opened,
    OpenedBlocks? OpenedBands = null
)
{
    public const string Format = "lace-record-audit/1";

    public const int MaxBytes = 128 << 20;

    /// <summary>Levels of a tree that has as many leaves as a number has values.</summary>
    private const int MaxProof = 63;

    /// <summary>Whether a file calls itself one; nothing more is looked at.</summary>
    public static bool IsNamedIn(ReadOnlyMemory<byte> json) =>
        json.Length <= MaxBytes && JsonMembers.Parse(json)?.MemberText("format") == Format;

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static RecordAudit? Parse(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, MaxBytes, RecordAuditJson.Default.RecordAuditDocument, Of, out reason);

    /// <summary>The file in UTF-8, in JCS form; it may be longer than <see cref="MaxBytes"/>, and then no reader takes it.</summary>
    public byte[] Write() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new RecordAuditDocument(
                    Format,
                    BundleReader.Part(Filter.Statement),
                    Filter.Checkpoint,
                    [.. Records.Select(Part)],
                    Convert.ToBase64String(Opened.Blocks.Span),
                    [.. Opened.Hashes.Select(hash => NoteText.Encode(hash))],
                    Key is { } key ? Convert.ToBase64String(key.Span) : null,
                    OpenedBands is null
                        ? null
                        : new OpenedBlocksPart(
                            Convert.ToBase64String(OpenedBands.Blocks.Span),
                            [.. OpenedBands.Hashes.Select(hash => NoteText.Encode(hash))]
                        )
                ),
                RecordAuditJson.Default.RecordAuditDocument
            )
        );

    private static RecordAudit Of(RecordAuditDocument file)
    {
        Require(file.Format == Format, $"its format is not {Format}");
        Require(file.Records.Count is >= 1 and <= RecordSample.MaxRecords, "it has no records, or too many");
        return new RecordAudit(
            new SignedFilter(BundleReader.Statement(file.Statement), file.Checkpoint),
            [.. file.Records.Select(Record)],
            // The cast matters: a null array would become an empty key.
            file.Key
                is null
                ? (ReadOnlyMemory<byte>?)null
                : Bytes(file.Key, FingerprintScheme.KeySize),
            new OpenedBlocks(StrictFile.Bytes(file.Blocks), [.. file.Hashes.Select(Hash)]),
            file.NearDuplicates is { } bands
                ? new OpenedBlocks(StrictFile.Bytes(bands.Blocks), [.. bands.Hashes.Select(Hash)])
                : null
        );
    }

    private static OpenedRecord Record(OpenedRecordPart part)
    {
        Require(part.Index >= 0, "an index is negative");
        Require(part.Hashes.Count <= MaxProof, "a proof is too long");
        Require(
            part.Features.Count == RecordFeatures.Count
                && part.Features.All(feature => feature is >= 0 and < DatasetEntry.ValueLimit),
            $"a record has not {RecordFeatures.Count} features below 2^53"
        );
        var features = default(RecordFeatures);
        for (var i = 0; i < RecordFeatures.Count; i++)
        {
            features[i] = part.Features[i];
        }

        return new OpenedRecord(
            part.Index,
            part.Plain,
            StrictFile.Bytes(part.Content),
            Bytes(part.Salt, OpenedRecord.SaltSize),
            features,
            [.. part.Hashes.Select(Hash)]
        );
    }

    private static OpenedRecordPart Part(OpenedRecord record) =>
        new(
            record.Index,
            record.IsPlain,
            Convert.ToBase64String(record.Content.Span),
            Convert.ToBase64String(record.Salt.Span),
            [.. record.Features],
            [.. record.Proof.Select(hash => NoteText.Encode(hash))]
        );

    private static byte[] Bytes(string base64, int length)
    {
        var bytes = StrictFile.Bytes(base64);
        Require(bytes.Length == length, "a salt or key has another length");
        return bytes;
    }
}

internal sealed record RecordAuditDocument(
    string Format,
    StatementPart Statement,
    string Checkpoint,
    IReadOnlyList<OpenedRecordPart> Records,
    string Blocks,
    IReadOnlyList<string> Hashes,
    string? Key = null,
    OpenedBlocksPart? NearDuplicates = null
);

internal sealed record OpenedBlocksPart(string Blocks, IReadOnlyList<string> Hashes);

internal sealed record OpenedRecordPart(
    long Index,
    bool Plain,
    string Content,
    string Salt,
    IReadOnlyList<long> Features,
    IReadOnlyList<string> Hashes
);

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
[JsonSerializable(typeof(RecordAuditDocument))]
internal sealed partial class RecordAuditJson : JsonSerializerContext;
