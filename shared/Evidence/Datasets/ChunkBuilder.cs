using System.Buffers;
using System.Runtime.InteropServices;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>Collects entries until a chunk is full or the dataset ends.</summary>
internal sealed class ChunkBuilder(string attestationId, long records)
{
    private readonly List<MerkleHash> leaves = [];
    private readonly ArrayBufferWriter<byte> entries = new();
    private int number;

    public bool IsFull => leaves.Count == Size;

    private int Size => (int)Math.Min(DatasetChunk.Records, records - ((long)number * DatasetChunk.Records));

    /// <summary>Adds entries from <paramref name="first"/> on, as many as fit, and returns how many.</summary>
    public int Take(BatchEntries batch, int first)
    {
        var count = Math.Min(batch.Count - first, Size - leaves.Count);
        for (var i = first; i < first + count; i++)
        {
            entries.Write(batch[i]);
            leaves.Add(batch.Leaf(i));
        }

        return count;
    }

    /// <summary>The chunk, after which the next one begins.</summary>
    public CommittedChunk Finish()
    {
        var count = leaves.Count;
        byte[] bytes = [.. DatasetChunk.Header(attestationId, number, count), .. entries.WrittenSpan];
        var chunk = new CommittedChunk(number, count, bytes, MerkleTree.Head(CollectionsMarshal.AsSpan(leaves)));
        number++;
        leaves.Clear();
        entries.ResetWrittenCount();
        return chunk;
    }
}
