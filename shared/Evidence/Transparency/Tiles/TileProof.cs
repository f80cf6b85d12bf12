using System.Numerics;

namespace Lace.Evidence.Transparency.Tiles;

/// <summary>A tree head or a proof that is still to be computed: says which tiles it needs, then computes it from them.</summary>
/// <remarks>So a caller can fetch the tiles together, in whatever way, and this stays pure arithmetic.</remarks>
public sealed class TileProof
{
    private readonly long size;

    // Each hash of the proof is the head over some leaves; those that are no perfect subtree consist of several.
    private readonly List<TileNode[]> hashes = [];

    private TileProof(long size) => this.size = size;

    /// <summary>The tiles that are read, each once, with the widths that they have at this size.</summary>
    public IReadOnlyList<TilePath> Tiles => [.. hashes.SelectMany(nodes => nodes).Select(TileOf).Distinct()];

    /// <summary>The head over <paramref name="size"/> leaves: one hash.</summary>
    /// <param name="size">At least 1.</param>
    public static TileProof Head(long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var head = new TileProof(size);
        head.Add(0, size);
        return head;
    }

    /// <summary>The path from a leaf up to the head of <paramref name="size"/> leaves (RFC 6962 section 2.1.1).</summary>
    public static TileProof Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new TileProof(size);
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                proof.Add(middle, end);
                end = middle;
            }
            else
            {
                proof.Add(start, middle);
                start = middle;
            }
        }

        proof.hashes.Reverse();
        return proof;
    }

    /// <summary>What leads from the head over <paramref name="size1"/> leaves to the head over <paramref name="size2"/> (RFC 6962 section 2.1.2).</summary>
    /// <param name="size1">At least 0; from an empty tree, and to the same size, the proof is empty.</param>
    public static TileProof Consistency(long size1, long size2)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size1, size2);
        var proof = new TileProof(size2);
        if (size1 == 0 || size1 == size2)
        {
            return proof;
        }

        var (start, end) = (0L, size2);
        while (end != size1)
        {
            var middle = start + Split(end - start);
            if (size1 <= middle)
            {
                proof.Add(middle, end);
                end = middle;
            }
            else
            {
                proof.Add(start, middle);
                start = middle;
            }
        }

        if (start > 0)
        {
            proof.Add(start, end);
        }

        proof.hashes.Reverse();
        return proof;
    }

    /// <summary>The hashes.</summary>
    /// <param name="read">Gives the bytes of each tile of <see cref="Tiles"/>: 32 for each hash of its width. More are ignored, so that a fuller tile does.</param>
    /// <exception cref="InvalidDataException">A tile is shorter than its width.</exception>
    public MerkleHash[] Compute(Func<TilePath, ReadOnlyMemory<byte>> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        // From the right: each subtree is at least as large as all behind it together.
        return
        [
            .. hashes.Select(nodes =>
                nodes.Select(Node).Reverse().Aggregate((right, left) => MerkleTree.HashNode(left, right))
            ),
        ];

        MerkleHash Node(TileNode node)
        {
            var path = TileOf(node);
            var tile = read(path);
            return tile.Length >= path.Width * MerkleHash.Size
                ? node.Compute(tile.Span)
                : throw new InvalidDataException($"{path} has {tile.Length} bytes, too few for its width.");
        }
    }

    private void Add(long start, long end) => hashes.Add([.. TileNode.Cover(start, end)]);

    private TilePath TileOf(TileNode node) => node.TileAt(size);

    private static long Split(long leaves) => 1L << BitOperations.Log2((ulong)leaves - 1);
}
