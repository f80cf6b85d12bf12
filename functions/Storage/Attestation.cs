using Lace.Evidence.Datasets;

namespace Lace.Functions.Storage;

/// <summary>The document of one attestation (protocol §4), as it is stored and as it is answered.</summary>
/// <param name="Status"><c>uploading</c> or <c>complete</c>.</param>
/// <param name="Prediction">What the plan's steps will look like; only with a plan, once complete.</param>
/// <param name="StatementSha256">SHA-256 of the signed statement's payload; null while uploading.</param>
/// <param name="ChunkRecords">Records a chunk holds; only in answers while uploading.</param>
/// <param name="Chunks">Ranges of chunk numbers received, both ends included; only in answers while uploading.</param>
/// <param name="Fingerprints">Null where no filter was asked for.</param>
/// <param name="FilterParts">As <paramref name="Chunks"/>, of the parts of the filter.</param>
/// <param name="BandFilterParts">The same of the filter for near-duplicates.</param>
public sealed record Attestation(
    string Id,
    string Status,
    string? Name,
    IReadOnlyDictionary<string, string>? Metadata,
    AttestedDataset Dataset,
    TrainingPlan? Plan,
    PlanPrediction? Prediction,
    DateTimeOffset CreatedAt,
    DateTimeOffset? CompletedAt,
    string? StatementSha256,
    Revocation? Revoked,
    int? ChunkRecords = null,
    IReadOnlyList<long[]>? Chunks = null,
    AttestedFilter? Fingerprints = null,
    IReadOnlyList<long[]>? FilterParts = null,
    IReadOnlyList<long[]>? BandFilterParts = null
)
{
    public const string Uploading = "uploading";
    public const string Complete = "complete";

    /// <summary>What every id of an attestation begins with.</summary>
    public const string IdPrefix = "lace";
}

/// <summary>The dataset as described before it was sent and, once complete, as committed.</summary>
/// <param name="Root">64 hex digits: the RFC 6962 tree head over all records.</param>
/// <param name="Statistics">What the owner states; not checked but for the trained bytes.</param>
/// <param name="Totals">The 13 features summed over all records, by the function.</param>
public sealed record AttestedDataset(
    DatasetFormat Format,
    DatasetPart Part,
    int Sources,
    long? Records,
    int? Chunks,
    int ChunkRecords,
    string? Root,
    DatasetStatistics? Statistics,
    IReadOnlyList<long>? Totals
);

/// <summary>When and why the owner withdrew the attestation.</summary>
public sealed record Revocation(DateTimeOffset At, string Reason);

/// <summary>An attestation in a list.</summary>
public sealed record AttestationSummary(
    string Id,
    string Status,
    string? Name,
    long? Records,
    string? Root,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt
);

/// <summary>What is kept of a received chunk; its bytes are in the blob store.</summary>
/// <param name="Sha256">Of the chunk's bytes, and part of their path.</param>
/// <param name="Root">The chunk's node in the dataset's tree.</param>
internal sealed record StoredChunk(
    string Sha256,
    int Count,
    string Root,
    IReadOnlyList<long> Totals,
    FeatureMoments Moments
);
