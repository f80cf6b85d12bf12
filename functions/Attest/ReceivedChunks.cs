using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;
using Lace.Functions.Storage;

namespace Lace.Functions.Attest;

/// <summary>The chunks of one attestation folded into what the dataset is. Added in the order of their numbers.</summary>
internal sealed class ReceivedChunks
{
    private readonly List<MerkleHash> roots = [];
    private readonly long[] totals = new long[RecordFeatures.Count];
    private readonly ChunkRanges numbers = new();
    private int lastCount = DatasetChunk.Records;

    public int Count => roots.Count;

    public long Records { get; private set; }

    public FeatureMoments Moments { get; private set; } = FeatureMoments.None;

    public IReadOnlyList<long> Totals => totals;

    /// <summary>Whether every chunk but the last is full.</summary>
    public bool IsContiguous { get; private set; } = true;

    public MerkleHash Root => DatasetRoot.FromChunkRoots([.. roots]);

    public void Add(int number, StoredChunk chunk)
    {
        IsContiguous &= lastCount == DatasetChunk.Records;
        lastCount = chunk.Count;
        Records += chunk.Count;
        Moments += chunk.Moments;
        numbers.Add(number);
        roots.Add(
            MerkleHash.TryParse(chunk.Root, out var root)
                ? root
                : throw new InvalidDataException("A stored chunk has no root.")
        );
        for (var i = 0; i < totals.Length; i++)
        {
            // Each total is below 2^53 and there are at most 2^20 chunks: the sum saturates only on an absurd dataset, which is refused.
            totals[i] = Math.Min(totals[i] + chunk.Totals[i], DatasetEntry.ValueLimit);
        }
    }

    /// <summary>Ranges of numbers below <paramref name="count"/> that were not received.</summary>
    public IReadOnlyList<long[]> Missing(int count) => numbers.GapsBelow(count);
}
