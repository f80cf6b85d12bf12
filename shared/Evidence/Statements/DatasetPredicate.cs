using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary><c>dataset/v1</c>: an attestation was completed; the subject is the dataset root.</summary>
/// <param name="Metadata">Absent where it has more than <see cref="StatementLimits.FreeBytes"/> in JCS form.</param>
/// <param name="Fingerprints">The filter for exclusion checks; null where none was committed, as in statements of older versions.</param>
/// <param name="MetadataSha256">Of that form, where it is absent for that reason; set when the statement is made.</param>
public sealed record DatasetPredicate(
    string Id,
    CommittedDataset Dataset,
    DateTimeOffset CreatedAt,
    DateTimeOffset CompletedAt,
    string? Name = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    TrainingPlan? Plan = null,
    SignedPrediction? Prediction = null,
    MerkleHash? MetadataSha256 = null,
    CommittedFilter? Fingerprints = null
);

/// <summary>The dataset as committed (protocol §4).</summary>
/// <param name="Statistics">What the owner states; not checked but for the trained bytes. Of the scripts, the largest are signed.</param>
/// <param name="Totals">The 13 features summed over all records, by the function.</param>
public sealed record CommittedDataset(
    DatasetFormat Format,
    DatasetPart Part,
    int Sources,
    long Records,
    int Chunks,
    int ChunkRecords,
    MerkleHash Root,
    DatasetStatistics Statistics,
    IReadOnlyList<long> Totals
);
