using System.Buffers;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>Collects entries until a chunk is full or the dataset ends.</summary>
internal sealed class ChunkBuilder(string attestationId, long records)
{
    private readonly MerkleFrontier tree = new();
    private readonly ArrayBufferWriter<byte> entries = new();
    private int number;

    public bool IsFull => tree.Count == Size;

    private int Size => (int)Math.Min(DatasetChunk.Records, records - ((long)number * DatasetChunk.Records));

    /// <summary>Adds entries from <paramref name="first"/> on, as many as fit, and returns how many.</summary>
    public int Take(BatchEntries batch, int first)
    {
        var count = (int)Math.Min(batch.Count - first, Size - tree.Count);
        entries.Write(batch.Bytes(first, count));
        for (var i = first; i < first + count; i++)
        {
            tree.Append(batch.Leaf(i));
        }

        return count;
    }

    /// <summary>The chunk, after which the next one begins.</summary>
    public CommittedChunk Finish()
    {
        var count = (int)tree.Count;
        byte[] bytes = [.. DatasetChunk.Header(attestationId, number, count), .. entries.WrittenSpan];
        var chunk = new CommittedChunk(number, count, bytes, tree.Head());
        number++;
        tree.Clear();
        entries.ResetWrittenCount();
        return chunk;
    }
}
