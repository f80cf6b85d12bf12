using System.Globalization;
using System.Text;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>Consecutive blocks of a filter as they are sent: a line, then the blocks.</summary>
public static class FilterPart
{
    /// <summary>Blocks of every part but the last. A power of two: the head of a part is a node of the filter's tree.</summary>
    public const int Blocks = 1 << 14;

    /// <summary>Blocks under each node that is kept with a part, so that opening a block does not hash the whole part.</summary>
    public const int NodeBlocks = 32;

    public const int MaxLength = MaxHeaderLength + (Blocks * BlockedBloomFilter.BlockSize);

    private const int MaxHeaderLength = 256;

    /// <summary>How many parts a filter has.</summary>
    public static int CountOf(long blocks) => (int)((blocks + Blocks - 1) / Blocks);

    /// <summary>Part <paramref name="number"/> of a filter, as it is sent.</summary>
    public static byte[] Write(
        BlockedBloomFilter filter,
        string attestationId,
        int number,
        FilterContent content = FilterContent.Fingerprints
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        var first = (long)number * Blocks;
        var count = (int)Math.Min(Blocks, filter.Blocks - first);
        return [.. Header(attestationId, number, count, content), .. filter.Bytes(first, count)];
    }

    /// <summary>The first line, with its line end.</summary>
    public static byte[] Header(
        string attestationId,
        int number,
        int count,
        FilterContent content = FilterContent.Fingerprints
    ) => Encoding.ASCII.GetBytes(Line(attestationId, number, count, content) + "\n");

    /// <summary>The blocks of a part that must be that of the attestation and number; null where the bytes are anything else.</summary>
    public static ReadOnlyMemory<byte>? Read(
        ReadOnlyMemory<byte> bytes,
        string attestationId,
        int number,
        FilterContent content = FilterContent.Fingerprints
    )
    {
        var line = bytes.Span[..Math.Min(bytes.Length, MaxHeaderLength)].IndexOf((byte)'\n');
        if (line < 0)
        {
            return null;
        }

        var blocks = bytes[(line + 1)..];
        var count = blocks.Length / BlockedBloomFilter.BlockSize;
        var expected = Line(attestationId, number, count, content);
        if (
            count is < 1 or > Blocks
            || blocks.Length != count * BlockedBloomFilter.BlockSize
            || Encoding.Latin1.GetString(bytes.Span[..line]) != expected
        )
        {
            return null;
        }

        return blocks;
    }

    private static string Line(string attestationId, int number, int count, FilterContent content) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(content == FilterContent.Bands ? "lace-band-filter-part/1" : "lace-filter-part/1")} {attestationId} {number} {count}"
        );

    /// <summary>The heads over each <see cref="NodeBlocks"/> blocks of a part.</summary>
    public static MerkleHash[] Nodes(int number, ReadOnlySpan<byte> blocks)
    {
        const int step = NodeBlocks * BlockedBloomFilter.BlockSize;
        var nodes = new MerkleHash[(blocks.Length + step - 1) / step];
        for (var i = 0; i < nodes.Length; i++)
        {
            var first = ((long)number * Blocks) + ((long)i * NodeBlocks);
            nodes[i] = BlockTree.Head(first, blocks[(i * step)..Math.Min((i + 1) * step, blocks.Length)]);
        }

        return nodes;
    }
}
