namespace Lace.Evidence.Fingerprints;

/// <summary>What the figures of any committed filter have to fulfil, whatever its keys are made of.</summary>
internal static class FilterFigures
{
    private const long Limit = 1L << 53;

    public static bool ArePossible(
        long blocks,
        long keys,
        long distinct,
        long popcount,
        double falsePositiveRate,
        long shortRecords
    ) =>
        blocks is >= 1 and <= BlockedBloomFilter.MaxBlocks
        && keys is >= 0 and < Limit
        && shortRecords is >= 0 and < Limit
        && distinct is >= 0 and < Limit
        && blocks == BlockedBloomFilter.BlocksFor(distinct)
        && popcount >= 0
        && popcount <= BlockedBloomFilter.MaxFill * blocks * BlockedBloomFilter.BlockBits
        && falsePositiveRate is >= 0 and <= 1;
}
