using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Attest;

/// <summary>Body of <c>POST /v1/attestations</c> (protocol §4).</summary>
internal sealed record AttestationRequest(
    string Name,
    IReadOnlyDictionary<string, string> Metadata,
    DatasetDescription Dataset,
    TrainingPlan? Plan,
    FilterRequest? Fingerprints = null
);

/// <summary>That a fingerprint filter will be sent, and who may ask it.</summary>
/// <param name="NearDuplicates">Whether a filter for near-duplicates will be sent too.</param>
internal sealed record FilterRequest(FingerprintTier Tier, FilterAccess Access, bool NearDuplicates = false);

/// <summary>What the service gave for the fingerprints.</summary>
/// <param name="Salt">32 hex digits.</param>
/// <param name="Key">Base64; secret; only for a keyed filter.</param>
/// <param name="NearDuplicates">Whether it takes a filter for near-duplicates.</param>
internal sealed record FilterMaterial(string Salt, string? Key, bool NearDuplicates = false)
{
    public FingerprintSettings Settings(FingerprintTier tier)
    {
        // The cast matters: a null array would become an empty key.
        var key = Key is null ? (ReadOnlyMemory<byte>?)null : Convert.FromBase64String(Key);
        var settings = new FingerprintSettings(tier, CommittedFilter.SaltOf(Salt), key, NearDuplicates);
        return settings.IsValid
            ? settings
            : throw new CliException("The service gave no salt or key that fits the filter.", ExitCode.Unavailable);
    }
}

/// <summary>What the filter is, in the completion.</summary>
internal sealed record FilterStatement(
    string Root,
    long Blocks,
    long Keys,
    long Distinct,
    long Popcount,
    long ShortRecords,
    SkippedCounts? Skipped,
    BandsStatement? NearDuplicates = null
);

/// <summary>The same of the filter for near-duplicates.</summary>
internal sealed record BandsStatement(
    string Root,
    long Blocks,
    long Keys,
    long Distinct,
    long Popcount,
    long ShortRecords
);

/// <summary>Its answer.</summary>
internal sealed record AttestationCreated(string Id, string Status, int ChunkRecords, FilterMaterial? Fingerprints);

/// <summary>What <c>GET /v1/attestations/{id}</c> says of an upload: ranges of chunks received, both ends included.</summary>
internal sealed record AttestationProgress(
    string Id,
    string Status,
    IReadOnlyList<int[]>? Chunks,
    IReadOnlyList<int[]>? FilterParts = null,
    IReadOnlyList<int[]>? BandFilterParts = null
)
{
    public bool Has(int chunk) => IsIn(Chunks, chunk);

    public bool HasPart(FilterContent content, int part) =>
        Status == "complete" || IsIn(content == FilterContent.Bands ? BandFilterParts : FilterParts, part);

    private static bool IsIn(IReadOnlyList<int[]>? ranges, int number) =>
        ranges?.Any(range => range is [var first, var last] && first <= number && number <= last) == true;
}

/// <summary>Body of <c>POST /v1/attestations/{id}/complete</c>.</summary>
internal sealed record CompletionRequest(
    long Records,
    string Root,
    int Chunks,
    DatasetStatistics Statistics,
    FilterStatement? Fingerprints = null
);

/// <summary>What the owner keeps: with it, and only with it, records can be opened later.</summary>
/// <param name="KSalt">Base64 of the salt key; secret.</param>
internal sealed record Receipt(
    string AttestationId,
    string BaseUrl,
    string Root,
    long Records,
    string KSalt,
    DatasetDescription Dataset,
    IReadOnlyList<SourceFingerprint> Sources,
    DateTimeOffset CompletedAt,
    FilterReceipt? Fingerprints = null
);

/// <summary>With what the filter was made: an auditor makes the same fingerprints of the records that are opened.</summary>
/// <param name="Key">Base64; secret; only of a keyed filter.</param>
/// <param name="BandsRoot">Of the filter for near-duplicates, where one was made.</param>
internal sealed record FilterReceipt(
    FingerprintTier Tier,
    string Salt,
    string? Key,
    string Root,
    string? BandsRoot = null
);

/// <summary><c>.lace/current.json</c>: which attestation a training script in this folder belongs to.</summary>
internal sealed record CurrentAttestation(string AttestationId, string BaseUrl, string Root, long Records);

/// <summary>What <c>lace attest --json</c> prints.</summary>
/// <param name="BytesSent">Bytes of all request bodies of this call.</param>
internal sealed record AttestResult(
    string AttestationId,
    string BaseUrl,
    string Root,
    long Records,
    int Chunks,
    int ChunksSent,
    long BytesSent,
    DatasetStatistics Statistics,
    string Receipt,
    FilterStatement? Fingerprints
);

/// <summary>What <c>lace attest --dry-run</c> prints. The root is missing as it depends on a salt key drawn for each attestation.</summary>
internal sealed record DryRunResult(
    AttestationRequest Statement,
    long Records,
    int Chunks,
    DatasetStatistics Statistics,
    long BytesToSend
);
