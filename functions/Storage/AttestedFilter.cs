using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Functions.Storage;

/// <summary>The fingerprint filter of an attestation: how it is to be made and, once complete, what was committed.</summary>
/// <param name="Salt">32 hex digits, drawn by the service; public with the signed statement.</param>
/// <param name="KeySha256">Of a keyed filter: the commitment to its key.</param>
/// <param name="NearDuplicates">The filter beside this one; null where none was asked for.</param>
/// <param name="Root">64 hex digits: the tree head over the blocks. This and all that follows only once complete.</param>
public sealed record AttestedFilter(
    string Scheme,
    FingerprintTier Tier,
    FilterAccess Access,
    string Salt,
    string? KeySha256 = null,
    string? Root = null,
    long? Blocks = null,
    long? Keys = null,
    long? Distinct = null,
    long? Popcount = null,
    double? FalsePositiveRate = null,
    long? ShortRecords = null,
    SkippedCounts? Skipped = null,
    AttestedBands? NearDuplicates = null
)
{
    /// <summary>As the dataset statement has it.</summary>
    public CommittedFilter Committed() =>
        new(
            Scheme,
            Tier,
            Access,
            Salt,
            FingerprintScheme.Gram,
            FingerprintScheme.Window,
            BlockedBloomFilter.Hashes,
            Blocks!.Value,
            Keys!.Value,
            Distinct!.Value,
            Popcount!.Value,
            FalsePositiveRate!.Value,
            ShortRecords!.Value,
            Hash(Root),
            Skipped,
            KeySha256 is null ? null : Hash(KeySha256),
            NearDuplicates?.Committed()
        );

    internal static MerkleHash Hash(string? hex) =>
        MerkleHash.TryParse(hex, out var hash)
            ? hash
            : throw new InvalidDataException("The stored filter of an attestation has no hash.");
}
