using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>A chunk that was read: its entries by their position, its root, and what they sum to.</summary>
public sealed class ParsedChunk
{
    private readonly byte[] bytes;
    private readonly int[] starts;
    private readonly MerkleHash[] leaves;

    internal ParsedChunk(byte[] bytes, int count)
    {
        this.bytes = bytes;
        starts = new int[count + 1];
        leaves = new MerkleHash[count];
    }

    public int Count => leaves.Length;

    /// <summary>Header and entries, as they were sent.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>RFC 6962 tree head over the entries' leaves.</summary>
    public MerkleHash Root { get; private set; }

    /// <summary>The 13 features summed over the entries.</summary>
    public RecordFeatures Totals { get; private set; }

    /// <summary>Sums that <see cref="PlanPrediction"/> needs.</summary>
    public FeatureMoments Moments { get; private set; } = FeatureMoments.None;

    /// <summary>Leaf hashes in order, for inclusion proofs.</summary>
    public ReadOnlySpan<MerkleHash> Leaves => leaves;

    /// <summary>The features of the record at <paramref name="index"/> of this chunk.</summary>
    public RecordFeatures Features(int index)
    {
        DatasetEntry.Read(Entry(index), out var features, out _);
        return features;
    }

    /// <summary>The salted digest of the record at <paramref name="index"/> of this chunk.</summary>
    public MerkleHash Digest(int index) => new(Entry(index)[..MerkleHash.Size]);

    private ReadOnlySpan<byte> Entry(int index) => bytes.AsSpan(starts[index]..starts[index + 1]);

    internal ChunkError Read(int headerLength)
    {
        var totals = default(RecordFeatures);
        var moments = new FeatureMoments.Sum();
        starts[0] = headerLength;
        for (var i = 0; i < Count; i++)
        {
            if (DatasetEntry.Read(bytes.AsSpan(starts[i]), out var features, out var length) is { } error)
            {
                return error;
            }

            starts[i + 1] = starts[i] + length;
            leaves[i] = MerkleTree.HashLeaf(Entry(i));
            totals.Add(features);
            if (IsTooLarge(totals))
            {
                return ChunkError.ValueTooLarge;
            }

            moments.Add(features);
        }

        Totals = totals;
        Moments = moments.ToMoments();
        Root = MerkleTree.Head(leaves);
        return starts[Count] == bytes.Length ? ChunkError.None : ChunkError.TrailingBytes;
    }

    // Tested after each record: two numbers below 2^53 cannot leave 63 bits, a whole chunk of them can.
    private static bool IsTooLarge(in RecordFeatures totals)
    {
        foreach (var total in totals)
        {
            if (total >= DatasetEntry.ValueLimit)
            {
                return true;
            }
        }

        return false;
    }
}
