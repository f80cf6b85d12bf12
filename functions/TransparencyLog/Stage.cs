using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Functions.TransparencyLog;

/// <summary>Everything that a batch writes, in one object that is stored before the batch decides anything (docs/formats/log.md).</summary>
/// <param name="From">Entries in the log before the batch.</param>
/// <param name="Size">Entries after it.</param>
/// <param name="Tiles">Tiles and bundles that are new, among them every tile of leaf hashes with a new one.</param>
internal sealed record Stage(long From, long Size, IReadOnlyList<Tile> Tiles)
{
    private static readonly byte[] Magic = "lace-stage/1\n"u8.ToArray();

    /// <summary>What a writer that began with so many entries has made since.</summary>
    public static Stage Of(long from, TileWriter writer)
    {
        var known = TileWriter.EdgeOf(from).ToHashSet();
        return new(
            from,
            writer.Size,
            [.. writer.TakeFull(), .. writer.Edge().Where(tile => !known.Contains(tile.Path))]
        );
    }

    /// <summary>Where the stage of a batch lies that leads to this size and head.</summary>
    public static string Path(long size, in MerkleHash head) => $"{Folder}{size}-{head}";

    public const string Folder = "staging/";

    /// <summary>The size in the name of a stage; null for another name.</summary>
    public static long? SizeOf(string name) =>
        name.Split('-') is [var size, _] && long.TryParse(size, out var number) ? number : null;

    /// <summary>The leaf hashes that are new, in order.</summary>
    public IEnumerable<(MerkleHash Hash, long Index)> Leaves() =>
        from tile in Tiles
        where tile.Path is { IsEntries: false, Level: 0 }
        orderby tile.Path.Index
        from position in Enumerable.Range(0, tile.Path.Width)
        let index = (tile.Path.Index * TilePath.FullWidth) + position
        where index >= From
        select (Tile.HashAt(tile.Content.Span, position), index);

    /// <summary>Whether it writes all that the other does, with the same bytes.</summary>
    public bool Covers(Stage other) =>
        From <= other.From
        && Size == other.Size
        && other.Tiles.All(tile =>
            Tiles.Any(own => own.Path == tile.Path && own.Content.Span.SequenceEqual(tile.Content.Span))
        );

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.ASCII, leaveOpen: true))
        {
            writer.Write(Magic);
            WriteNumber(writer, From);
            WriteNumber(writer, Size);
            foreach (var tile in Tiles)
            {
                WriteBytes(writer, Encoding.ASCII.GetBytes(tile.Path.ToString()));
                WriteBytes(writer, tile.Content.Span);
            }
        }

        bytes.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        return bytes.ToArray();
    }

    /// <summary>Null for anything but what <see cref="ToBytes"/> made.</summary>
    public static Stage? Parse(ReadOnlyMemory<byte> bytes)
    {
        if (
            bytes.Length < Magic.Length + (2 * sizeof(long)) + SHA256.HashSizeInBytes
            || !bytes.Span.StartsWith(Magic)
            || !SHA256
                .HashData(bytes.Span[..^SHA256.HashSizeInBytes])
                .AsSpan()
                .SequenceEqual(bytes.Span[^SHA256.HashSizeInBytes..])
        )
        {
            return null;
        }

        var rest = bytes[Magic.Length..^SHA256.HashSizeInBytes];
        var (from, size) = (ReadNumber(rest), ReadNumber(rest[sizeof(long)..]));
        rest = rest[(2 * sizeof(long))..];
        var tiles = new List<Tile>();
        while (!rest.IsEmpty)
        {
            if (
                !TryReadBytes(ref rest, out var name)
                || !TryReadBytes(ref rest, out var content)
                || !TilePath.TryParse(Encoding.ASCII.GetString(name.Span), out var path)
            )
            {
                return null;
            }

            tiles.Add(new Tile(path, content));
        }

        return new Stage(from, size, tiles);
    }

    private static void WriteNumber(BinaryWriter writer, long number) =>
        writer.Write(BinaryPrimitives.ReverseEndianness(number));

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(BinaryPrimitives.ReverseEndianness(bytes.Length));
        writer.Write(bytes);
    }

    private static long ReadNumber(ReadOnlyMemory<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes.Span);

    private static bool TryReadBytes(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (
            rest.Length < sizeof(int)
            || BinaryPrimitives.ReadInt32BigEndian(rest.Span) is not (>= 0 and var length)
            || rest.Length - sizeof(int) < length
        )
        {
            return false;
        }

        bytes = rest.Slice(sizeof(int), length);
        rest = rest[(sizeof(int) + length)..];
        return true;
    }
}
