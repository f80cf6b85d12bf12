using System.Runtime.InteropServices;

namespace Lace.Evidence.Transparency.Tiles;

/// <summary>The root of a perfect subtree: leaves <c>Index · 2^Level</c> up to <c>(Index + 1) · 2^Level</c>, exclusive.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TileNode(int Level, long Index)
{
    private int TileLevel => Level / TilePath.Height;

    /// <summary>Hashes of the tile from which this one is computed: a power of two up to 128.</summary>
    private int Span => 1 << (Level % TilePath.Height);

    private long First => Index * Span;

    /// <summary>The tile that holds what is below this node, as it is in a log of that size.</summary>
    public TilePath TileAt(long size)
    {
        var tile = First / TilePath.FullWidth;
        return TilePath.Hashes(TileLevel, tile, TilePath.WidthAt(size, TileLevel, tile));
    }

    public MerkleHash Compute(ReadOnlySpan<byte> tile)
    {
        var hashes = new MerkleHash[Span];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = Tile.HashAt(tile, (int)(First % TilePath.FullWidth) + i);
        }

        return MerkleTree.Head(hashes);
    }

    /// <summary>The perfect subtrees that leaves <paramref name="start"/> to <paramref name="end"/> consist of, from the left; the start is aligned to the largest.</summary>
    public static IEnumerable<TileNode> Cover(long start, long end)
    {
        while (start < end)
        {
            var level = System.Numerics.BitOperations.Log2((ulong)(end - start));
            yield return new TileNode(level, start >> level);
            start += 1L << level;
        }
    }
}
