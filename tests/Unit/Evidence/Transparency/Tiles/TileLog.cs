using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Tests.Evidence.Transparency.Tiles;

/// <summary>The files of a log of one size, made in one go.</summary>
internal sealed class TileLog
{
    public Dictionary<string, ReadOnlyMemory<byte>> Files { get; } = new(StringComparer.Ordinal);

    public MerkleHash Head { get; private init; }

    public static TileLog Of(int size, Func<long, byte[]> entry)
    {
        var writer = new TileWriter();
        for (var index = 0L; index < size; index++)
        {
            writer.Append(entry(index));
        }

        var log = new TileLog { Head = writer.Head() };
        log.Add([.. writer.TakeFull(), .. writer.Edge()]);
        return log;
    }

    public void Add(IEnumerable<Tile> tiles)
    {
        foreach (var tile in tiles)
        {
            Files.Add(tile.Path.ToString(), tile.Content);
        }
    }

    public ReadOnlyMemory<byte> Read(TilePath path) => Files[path.ToString()];
}
