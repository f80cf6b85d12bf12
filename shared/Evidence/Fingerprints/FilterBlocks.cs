using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Fingerprints;

/// <summary>The blocks of a filter as the end of a file.</summary>
internal static class FilterBlocks
{
    private const int Step = 1 << 16;

    /// <summary>Reads the blocks that the file has left, which must be so many and nothing after them.</summary>
    /// <param name="file">Seekable: its length is compared before memory is taken.</param>
    public static BlockedBloomFilter Read(Stream file, long blocks)
    {
        Require(blocks is >= 1 and <= BlockedBloomFilter.MaxBlocks, "it has no blocks, or too many");
        Require(
            file.Length - file.Position == blocks * BlockedBloomFilter.BlockSize,
            $"it does not end after the {blocks} blocks that it names"
        );
        var filter = new BlockedBloomFilter(blocks);
        var buffer = new byte[Math.Min(Step, blocks) * BlockedBloomFilter.BlockSize];
        for (long first = 0; first < blocks; first += Step)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(Step, blocks - first) * BlockedBloomFilter.BlockSize);
            file.ReadExactly(part);
            filter.Load(first, part);
        }

        return filter;
    }

    public static void Write(Stream file, BlockedBloomFilter filter)
    {
        for (long first = 0; first < filter.Blocks; first += Step)
        {
            file.Write(filter.Bytes(first, (int)Math.Min(Step, filter.Blocks - first)));
        }
    }

    /// <summary>The first line of a file, without its line end, of at most so many bytes.</summary>
    public static string FirstLine(Stream file, int limit)
    {
        Span<byte> line = stackalloc byte[limit];
        for (var length = 0; length < limit; length++)
        {
            var next = file.ReadByte();
            Require(next >= 0, "it ends in its first line");
            if (next == '\n')
            {
                return System.Text.Encoding.Latin1.GetString(line[..length]);
            }

            line[length] = (byte)next;
        }

        throw new Bundles.FileFormatException("its first line is too long");
    }
}
