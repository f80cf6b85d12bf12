using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>A filter that somebody holds whole: answers questions as the service does, with the nodes from which a proof takes little to make.</summary>
public sealed class HeldFilter
{
    private const int Node = FilterPart.NodeBlocks;

    private readonly MerkleHash[] nodes;

    /// <summary>Hashes all of the filter, which must not change afterwards.</summary>
    public HeldFilter(BlockedBloomFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        Filter = filter;
        nodes = new MerkleHash[(filter.Blocks + Node - 1) / Node];
        Parallel.For(
            0,
            nodes.Length,
            i =>
            {
                var first = (long)i * Node;
                nodes[i] = BlockTree.Head(first, filter.Bytes(first, (int)Math.Min(Node, filter.Blocks - first)));
            }
        );
        Root = MerkleTree.Head(nodes);
    }

    public BlockedBloomFilter Filter { get; }

    public MerkleHash Root { get; }

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
    private MerkleHash Head(BlockRange range) =>
        range.Count >= Node || (range.First % Node == 0 && range.First + range.Count == Filter.Blocks)
            ? MerkleTree.Head(nodes.AsSpan((int)(range.First / Node), (int)((range.Count + Node - 1) / Node)))
            : BlockTree.Head(range.First, Filter.Bytes(range.First, (int)range.Count));
}
