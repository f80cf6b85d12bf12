using System.Numerics;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>A filter that somebody holds whole: answers questions as the service does, with the nodes from which a proof takes little to make.</summary>
public sealed class HeldFilter
{
    private const int Node = FilterPart.NodeBlocks;

    // Level k has the heads over each 2^k nodes; at its right end over those that are left.
    private readonly List<MerkleHash[]> levels = [];

    /// <summary>Hashes all of the filter, which must not change afterwards.</summary>
    public HeldFilter(BlockedBloomFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        Filter = filter;
        var nodes = new MerkleHash[(filter.Blocks + Node - 1) / Node];
        Parallel.For(
            0,
            nodes.Length,
            i =>
            {
                var first = (long)i * Node;
                nodes[i] = BlockTree.Head(first, filter.Bytes(first, (int)Math.Min(Node, filter.Blocks - first)));
            }
        );
        for (levels.Add(nodes); levels[^1].Length > 1; levels.Add(Above(levels[^1]))) { }
    }

    public BlockedBloomFilter Filter { get; }

    public MerkleHash Root => levels[^1][0];

    /// <summary>The blocks on which some keys fall, with their proof.</summary>
    public OpenedBlocks Open(IReadOnlyCollection<ulong> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var indices = OpenedBlocks.Indices(keys, Filter.Blocks);
        var blocks = new byte[indices.Length * BlockedBloomFilter.BlockSize];
        for (var i = 0; i < indices.Length; i++)
        {
            Filter.Block(indices[i]).CopyTo(blocks.AsSpan(i * BlockedBloomFilter.BlockSize));
        }

        return new OpenedBlocks(blocks, [.. BlockTree.Siblings(indices, Filter.Blocks).Select(Head)]);
    }

    // A range that a proof names is a subtree: of whole nodes, where it has as many blocks or begins one and ends with the filter; else below one.
    private MerkleHash Head(BlockRange range)
    {
        if (range.Count < Node && (range.First % Node != 0 || range.First + range.Count != Filter.Blocks))
        {
            return BlockTree.Head(range.First, Filter.Bytes(range.First, (int)range.Count));
        }

        var nodes = (ulong)((range.Count + Node - 1) / Node);
        var level = BitOperations.Log2(BitOperations.RoundUpToPowerOf2(nodes));
        return levels[level][(range.First / Node) >> level];
    }

    private static MerkleHash[] Above(MerkleHash[] below)
    {
        var above = new MerkleHash[(below.Length + 1) / 2];
        for (var i = 0; i < above.Length; i++)
        {
            above[i] =
                (2 * i) + 1 < below.Length ? MerkleTree.HashNode(below[2 * i], below[(2 * i) + 1]) : below[2 * i];
        }

        return above;
    }
}
