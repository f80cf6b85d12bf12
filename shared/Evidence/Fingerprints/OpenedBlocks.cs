using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>The blocks on which a question falls, and the proof that they are those of a filter.</summary>
/// <param name="Blocks">The different blocks by ascending index, one behind the other.</param>
/// <param name="Hashes">Heads of <see cref="BlockTree.Siblings"/>.</param>
public sealed record OpenedBlocks(ReadOnlyMemory<byte> Blocks, IReadOnlyList<MerkleHash> Hashes)
{
    /// <summary>The indices of the blocks that some keys fall on: ascending, each once.</summary>
    public static long[] Indices(IEnumerable<ulong> keys, long blocks) =>
        [.. keys.Select(key => BlockedBloomFilter.BlockOf(key, blocks)).Distinct().Order()];

    /// <summary>Whether these are the blocks of the keys in a filter of that size and root.</summary>
    public bool Prove(IReadOnlyCollection<ulong> keys, long blocks, in MerkleHash root)
    {
        var indices = Indices(keys, blocks);
        if (Blocks.Length != indices.LongLength * BlockedBloomFilter.BlockSize)
        {
            return false;
        }

        var leaves = new MerkleHash[indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            leaves[i] = BlockTree.Leaf(indices[i], Block(i));
        }

        return BlockTree.Verify(indices, leaves, blocks, [.. Hashes], root);
    }

    /// <summary>Of each key whether its block has it. Only after <see cref="Prove"/>.</summary>
    public IReadOnlyList<bool> Find(IReadOnlyList<ulong> keys, long blocks)
    {
        var indices = Indices(keys, blocks);
        return
        [
            .. keys.Select(key =>
                BlockedBloomFilter.Has(Block(Array.BinarySearch(indices, BlockedBloomFilter.BlockOf(key, blocks))), key)
            ),
        ];
    }

    private ReadOnlySpan<byte> Block(int place) =>
        Blocks.Span.Slice(place * BlockedBloomFilter.BlockSize, BlockedBloomFilter.BlockSize);
}
