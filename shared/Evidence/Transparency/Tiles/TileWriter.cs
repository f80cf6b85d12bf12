using System.Buffers.Binary;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Transparency.Tiles;

/// <summary>The right edge of a log: takes entries and makes the tiles and bundles that they fill.</summary>
/// <remarks>
/// It holds the last tile of each level and the last bundle, at most 16 MB and usually some kilobytes. Not safe to use from several
/// threads at once.
/// </remarks>
public sealed class TileWriter
{
    private readonly List<Tile> full = [];
    private readonly List<Level> levels = [];
    private readonly Level bundle = new();

    /// <summary>Entries in the log.</summary>
    public long Size { get; private set; }

    /// <summary>The tiles and the bundle of the right edge at that size: what <see cref="Resume"/> reads.</summary>
    public static IReadOnlyList<TilePath> EdgeOf(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var edge = new List<TilePath>();
        for (var level = 0; TilePath.HashesAt(size, level) > 0; level++)
        {
            var (index, width) = Math.DivRem(TilePath.HashesAt(size, level), TilePath.FullWidth);
            if (width > 0)
            {
                edge.Add(TilePath.Hashes(level, index, (int)width));
            }
        }

        if (size % TilePath.FullWidth is > 0 and var entries)
        {
            edge.Add(TilePath.Entries(size / TilePath.FullWidth, (int)entries));
        }

        return edge;
    }

    /// <summary>The writer of a log that has so many entries.</summary>
    /// <param name="head">The head over them, which what is read has to have.</param>
    /// <param name="read">Gives the bytes of each path of <see cref="EdgeOf"/>, or null.</param>
    /// <returns>Null where something is missing or does not belong to that head; so also where the last entries are not those that were hashed.</returns>
    public static TileWriter? Resume(long size, in MerkleHash head, Func<TilePath, ReadOnlyMemory<byte>?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var writer = new TileWriter { Size = size };
        foreach (var path in EdgeOf(size))
        {
            if (read(path) is not { } content || !writer.TryTake(path, content))
            {
                return null;
            }
        }

        return writer.Head() == head ? writer : null;
    }

    /// <summary>Another writer at the same place, of which no tiles were taken.</summary>
    public TileWriter Copy()
    {
        var copy = new TileWriter { Size = Size };
        copy.levels.AddRange(levels.Select(level => level.Copy()));
        bundle.CopyTo(copy.bundle);
        return copy;
    }

    /// <summary>Appends an entry.</summary>
    /// <param name="entry">At most 65,535 bytes.</param>
    /// <returns>Its leaf hash.</returns>
    public MerkleHash Append(ReadOnlySpan<byte> entry)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entry.Length, EntryBundle.MaxEntryBytes, nameof(entry));
        var leaf = MerkleTree.HashLeaf(entry);
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
        bundle.Append(length);
        bundle.Append(entry);
        Append(0, leaf);
        Size++;
        if (Size % TilePath.FullWidth == 0)
        {
            full.Add(new Tile(TilePath.Entries((Size / TilePath.FullWidth) - 1), bundle.Take()));
        }

        return leaf;
    }

    /// <summary>The full tiles and bundles since the last call, in the order in which they were filled.</summary>
    public IReadOnlyList<Tile> TakeFull()
    {
        var taken = full.ToArray();
        full.Clear();
        return taken;
    }

    /// <summary>The partial tiles and the partial bundle of the right edge.</summary>
    public IEnumerable<Tile> Edge() =>
        EdgeOf(Size).Select(path => new Tile(path, path.IsEntries ? bundle.Bytes() : levels[path.Level].Bytes()));

    /// <summary>The head over all entries; of none the hash of nothing.</summary>
    public MerkleHash Head()
    {
        MerkleHash? head = null;
        foreach (var level in levels)
        {
            MerkleHash[] hashes = head is { } rest ? [.. level.Hashes(), rest] : [.. level.Hashes()];
            head = hashes.Length > 0 ? MerkleTree.Head(hashes) : head;
        }

        return head ?? Checkpoint.EmptyRoot;
    }

    private void Append(int level, in MerkleHash hash)
    {
        if (level == levels.Count)
        {
            levels.Add(new Level());
        }

        var tile = levels[level];
        tile.Append(hash);
        if (tile.Length == TilePath.FullWidth * MerkleHash.Size)
        {
            var parent = MerkleTree.Head(tile.Hashes());
            var index = (Size >> (TilePath.Height * (level + 1)));
            full.Add(new Tile(TilePath.Hashes(level, index), tile.Take()));
            Append(level + 1, parent);
        }
    }

    private bool TryTake(TilePath path, ReadOnlyMemory<byte> content)
    {
        if (!path.IsEntries)
        {
            while (levels.Count <= path.Level)
            {
                levels.Add(new Level());
            }

            levels[path.Level].Append(content.Span);
            return content.Length == path.Width * MerkleHash.Size;
        }

        bundle.Append(content.Span);
        return EntryBundle.Read(content, path.Width) is { } entries
            && entries.Select(entry => MerkleTree.HashLeaf(entry.Span)).SequenceEqual(levels[0].Hashes());
    }

    /// <summary>Bytes of the last tile of a level, or of the last bundle.</summary>
    private sealed class Level
    {
        private byte[] bytes = new byte[TilePath.FullWidth * MerkleHash.Size];

        public int Length { get; private set; }

        public void Append(in MerkleHash hash)
        {
            hash.CopyTo(bytes.AsSpan(Length));
            Length += MerkleHash.Size;
        }

        public void Append(ReadOnlySpan<byte> some)
        {
            if (some.Length > bytes.Length - Length)
            {
                Array.Resize(ref bytes, Math.Max(2 * bytes.Length, Length + some.Length));
            }

            some.CopyTo(bytes.AsSpan(Length));
            Length += some.Length;
        }

        public MerkleHash[] Hashes()
        {
            var hashes = new MerkleHash[Length / MerkleHash.Size];
            for (var i = 0; i < hashes.Length; i++)
            {
                hashes[i] = Tile.HashAt(bytes, i);
            }

            return hashes;
        }

        public byte[] Bytes() => bytes.AsSpan(0, Length).ToArray();

        /// <summary>The bytes, and none are left.</summary>
        public byte[] Take()
        {
            var taken = Bytes();
            Length = 0;
            return taken;
        }

        public Level Copy()
        {
            var copy = new Level();
            CopyTo(copy);
            return copy;
        }

        public void CopyTo(Level other) => other.Append(bytes.AsSpan(0, Length));
    }
}
