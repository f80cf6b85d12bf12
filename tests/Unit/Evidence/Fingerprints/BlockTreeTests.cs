using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class BlockTreeTests
{
    [Fact]
    public void Proofs_of_any_blocks_of_any_filter_verify()
    {
        var random = new Random(1);
        for (var blocks = 1; blocks < 70; blocks++)
        {
            var filter = Filter(random, blocks);
            var leaves = Leaves(filter);
            var root = MerkleTree.Head(leaves);
            Assert.Equal(root, BlockTree.Head(filter));
            Assert.Equal(root, BlockTree.Head(0, filter.Bytes(0, blocks)));
            foreach (var share in (double[])[0.02, 0.3, 1])
            {
                var indices = Indices(random, blocks, share);
                var proof = Proof(filter, indices);
                Assert.True(Verify(indices, leaves, blocks, proof, root));
            }
        }
    }

    [Fact]
    public void A_proof_of_one_block_is_the_inclusion_proof_of_RFC_6962()
    {
        var filter = Filter(new Random(2), 37);
        var leaves = Leaves(filter);
        for (var i = 0; i < 37; i++)
        {
            var expected = MerkleTree
                .InclusionProof(leaves, i)
                .Select(hash => hash.ToString())
                .Order(StringComparer.Ordinal);
            Assert.Equal(expected, Proof(filter, [i]).Select(hash => hash.ToString()).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Refuses_each_damage()
    {
        var random = new Random(3);
        for (var round = 0; round < 300; round++)
        {
            var blocks = random.Next(2, 200);
            var filter = Filter(random, blocks);
            var leaves = Leaves(filter);
            var root = BlockTree.Head(filter);
            var indices = Indices(random, blocks, 0.2);
            var proof = Proof(filter, indices);
            var opened = indices.Select(i => leaves[i]).ToArray();

            // A flipped bit of a block, or of a hash of the proof.
            var block = filter.Block(indices[0]).ToArray();
            block[random.Next(64)] ^= (byte)(1 << random.Next(8));
            MerkleHash[] flipped = [BlockTree.Leaf(indices[0], block), .. opened[1..]];
            Assert.False(BlockTree.Verify(indices, flipped, blocks, proof, root));
            if (proof.Length > 0)
            {
                var damaged = proof.ToArray();
                var bytes = damaged[0].ToArray();
                bytes[random.Next(32)] ^= (byte)(1 << random.Next(8));
                damaged[0] = new MerkleHash(bytes);
                Assert.False(BlockTree.Verify(indices, opened, blocks, damaged, root));
                Assert.False(BlockTree.Verify(indices, opened, blocks, proof.AsSpan(1), root));
            }

            // Another length, another number of blocks, another root.
            Assert.False(BlockTree.Verify(indices, opened, blocks, [.. proof, root], root));
            Assert.False(BlockTree.Verify(indices, opened, blocks, proof, leaves[0]));
            Assert.False(BlockTree.Verify(indices, opened.AsSpan(1), blocks, proof, root));

            // The same block under another index: the index is hashed.
            var free = Enumerable.Range(0, blocks).Select(i => (long)i).Except(indices).FirstOrDefault(-1);
            if (free >= 0)
            {
                long[] moved = [.. indices.Skip(1).Append(free).Order()];
                MerkleHash[] other = [.. moved.Select(i => BlockTree.Leaf(i, filter.Block(indices[0])))];
                Assert.False(BlockTree.Verify(moved, other, blocks, Proof(filter, moved), root));
            }
        }
    }

    [Fact]
    public void Refuses_indices_that_are_not_in_order_or_not_in_the_filter()
    {
        var filter = Filter(new Random(4), 10);
        var (leaves, root) = (Leaves(filter), BlockTree.Head(filter));
        MerkleHash[] two = [leaves[3], leaves[3]];
        Assert.False(BlockTree.Verify([3, 3], two, 10, [], root));
        Assert.False(BlockTree.Verify([5, 3], two, 10, [], root));
        Assert.False(BlockTree.Verify([-1], [leaves[0]], 10, Proof(filter, [0]), root));
        Assert.False(BlockTree.Verify([10], [leaves[0]], 10, Proof(filter, [9]), root));
        Assert.False(BlockTree.Verify([], [], 10, [root], root));
        Assert.Throws<ArgumentException>(() => BlockTree.Siblings(new long[] { 2, 1 }, 10));
        Assert.Throws<ArgumentException>(() => BlockTree.Siblings(Array.Empty<long>(), 10));
    }

    [Fact]
    public void A_node_does_not_pass_for_a_block()
    {
        // Second preimage: 64 bytes that are two hashes would be a node where leaves were hashed without prefix and index.
        var filter = Filter(new Random(5), 2);
        var leaves = Leaves(filter);
        byte[] node = [.. leaves[0].ToArray(), .. leaves[1].ToArray()];
        Assert.False(BlockTree.Verify([0], [BlockTree.Leaf(0, node)], 1, [], BlockTree.Head(filter)));
    }

    [Fact]
    public void A_proof_of_another_number_of_blocks_is_refused_where_it_changes_the_tree()
    {
        var filter = Filter(new Random(6), 64);
        var proof = Proof(filter, [5]);
        Assert.False(BlockTree.Verify([5], [Leaves(filter)[5]], 32, proof, BlockTree.Head(filter)));
        Assert.False(BlockTree.Verify([5], [Leaves(filter)[5]], 65, proof, BlockTree.Head(filter)));
    }

    private static bool Verify(long[] indices, MerkleHash[] leaves, long blocks, MerkleHash[] proof, MerkleHash root) =>
        BlockTree.Verify(indices, [.. indices.Select(i => leaves[i])], blocks, proof, root);

    private static MerkleHash[] Proof(BlockedBloomFilter filter, long[] indices) =>
        [
            .. BlockTree
                .Siblings(indices, filter.Blocks)
                .Select(range => BlockTree.Head(range.First, filter.Bytes(range.First, (int)range.Count))),
        ];

    private static MerkleHash[] Leaves(BlockedBloomFilter filter) =>
        [.. Enumerable.Range(0, (int)filter.Blocks).Select(i => BlockTree.Leaf(i, filter.Block(i)))];

    private static long[] Indices(Random random, int blocks, double share) =>
        [
            .. Enumerable
                .Range(0, blocks)
                .Where(_ => random.NextDouble() < share)
                .DefaultIfEmpty(random.Next(blocks))
                .Select(i => (long)i),
        ];

    private static BlockedBloomFilter Filter(Random random, int blocks)
    {
        var filter = new BlockedBloomFilter(blocks);
        for (var i = 0; i < 20 * blocks; i++)
        {
            filter.Add((ulong)random.NextInt64() * 2);
        }

        return filter;
    }
}
