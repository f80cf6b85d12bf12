using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;
using Lace.Functions.Problems;
using Lace.Functions.Storage;

namespace Lace.Functions.Attest;

/// <summary>The parts of one filter folded into what the filter is. Added in the order of their numbers.</summary>
/// <param name="name">How refusals call it.</param>
internal sealed class ReceivedFilter(string name)
{
    /// <summary>How far the bits may be from what so many different keys set: the count of keys is an estimate, and bits fall by chance.</summary>
    private const double Tolerance = 0.05;

    private const int SmallTolerance = 512;

    private readonly List<MerkleHash> roots = [];
    private readonly ChunkRanges numbers = new();
    private readonly BlockFill fill = new();
    private int lastBlocks = FilterPart.Blocks;
    private bool isContiguous = true;

    public void Add(int number, StoredFilterPart part)
    {
        isContiguous &= lastBlocks == FilterPart.Blocks;
        lastBlocks = part.Blocks;
        numbers.Add(number);
        roots.Add(
            MerkleHash.TryParse(part.Root, out var root)
                ? root
                : throw new InvalidDataException("A stored part of a filter has no root.")
        );
        var histogram = new long[BlockedBloomFilter.BlockBits + 1];
        foreach (var pair in part.Fill)
        {
            histogram[pair[0]] = pair[1];
        }

        fill.Add(histogram);
    }

    /// <summary>Why the filter received is not the one stated, or cannot be; null where it is.</summary>
    public Problem? Compare(string root, long blocks, long distinct, long popcount)
    {
        var missing = numbers.GapsBelow(FilterPart.CountOf(blocks));
        return missing.Count > 0
                ? Refuse("filter_missing", $"Send the parts of the {name} that are missing, then complete again.") with
                {
                    Missing = missing,
                }
            : fill.Blocks != blocks || !isContiguous
                ? Refuse("filter_mismatch", $"{fill.Blocks} blocks of the {name} were received, {blocks} were stated.")
            : MerkleTree.Head([.. roots]).ToString() != root
                ? Refuse(
                    "filter_mismatch",
                    $"The root over the parts received of the {name} is another one than was stated."
                )
            : fill.Bits != popcount
                ? Refuse("filter_mismatch", $"Another number of bits of the {name} is set than was stated.")
            : fill.Share > BlockedBloomFilter.MaxFill
                ? Refuse(
                    "filter_full",
                    $"More than {BlockedBloomFilter.MaxFill:P0} of the bits of the {name} are set: it would find what it does not hold."
                )
            : !IsPlausible(distinct, blocks, popcount)
                ? Refuse("filter_implausible", $"So many different keys set another number of bits of the {name}.")
            : null;
    }

    /// <summary>The filter as it is committed.</summary>
    public AttestedFilter State(AttestedFilter described, StatedFilter stated) =>
        described with
        {
            Root = stated.Root,
            Blocks = stated.Blocks,
            Keys = stated.Keys,
            Distinct = stated.Distinct,
            Popcount = stated.Popcount,
            FalsePositiveRate = fill.FalsePositiveRate,
            ShortRecords = stated.ShortRecords,
            Skipped = stated.Skipped,
        };

    /// <summary>The filter for near-duplicates as it is committed.</summary>
    public AttestedBands State(AttestedBands described, StatedBands stated) =>
        described with
        {
            Root = stated.Root,
            Blocks = stated.Blocks,
            Keys = stated.Keys,
            Distinct = stated.Distinct,
            Popcount = stated.Popcount,
            FalsePositiveRate = fill.FalsePositiveRate,
            ShortRecords = stated.ShortRecords,
        };

    private static bool IsPlausible(long distinct, long blocks, long popcount)
    {
        var expected = FalsePositives.ExpectedBits(distinct, blocks);
        return Math.Abs(popcount - expected) <= (Tolerance * expected) + SmallTolerance;
    }

    private static Problem Refuse(string code, string detail) =>
        new(StatusCodes.Status422UnprocessableEntity, code, detail);
}
