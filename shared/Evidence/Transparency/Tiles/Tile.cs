namespace Lace.Evidence.Transparency.Tiles;

/// <summary>A tile or an entry bundle with its bytes.</summary>
public readonly record struct Tile(TilePath Path, ReadOnlyMemory<byte> Content)
{
    /// <summary>The hash at a place in the bytes of a tile of hashes.</summary>
    public static MerkleHash HashAt(ReadOnlySpan<byte> tile, int position) =>
        new(tile.Slice(position * MerkleHash.Size, MerkleHash.Size));
}
