using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Functions.Storage;

/// <summary>The filter for near-duplicates of an attestation, beside its <see cref="AttestedFilter"/>, whose tier, salt and key it has.</summary>
/// <param name="Root">64 hex digits: the tree head over the blocks. This and all that follows only once complete.</param>
public sealed record AttestedBands(
    string Scheme,
    string? Root = null,
    long? Blocks = null,
    long? Keys = null,
    long? Distinct = null,
    long? Popcount = null,
    double? FalsePositiveRate = null,
    long? ShortRecords = null
)
{
    /// <summary>As the dataset statement has it.</summary>
    public CommittedBands Committed() =>
        new(
            Scheme,
            MinHashScheme.Bands,
            MinHashScheme.Rows,
            MinHashScheme.Shingle,
            BlockedBloomFilter.Hashes,
            Blocks!.Value,
            Keys!.Value,
            Distinct!.Value,
            Popcount!.Value,
            FalsePositiveRate!.Value,
            ShortRecords!.Value,
            AttestedFilter.Hash(Root)
        );
}
