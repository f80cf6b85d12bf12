using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>The Merkle tree over the blocks of a filter: leaf j is SHA-256(0x00 || j || block), the tree that of RFC 6962.</summary>
public static class BlockTree
{
    private const int IndexSize = sizeof(long);

    /// <summary>The leaf of a block: its place is part of it, so no block stands for another.</summary>
    public static MerkleHash Leaf(long index, ReadOnlySpan<byte> block)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(block.Length, BlockedBloomFilter.BlockSize, nameof(block));
        Span<byte> entry = stackalloc byte[IndexSize + BlockedBloomFilter.BlockSize];
        BinaryPrimitives.WriteInt64BigEndian(entry, index);
        block.CopyTo(entry[IndexSize..]);
        return MerkleTree.HashLeaf(entry);
    }

    /// <summary>The head over some blocks in a row: all of the filter, or a subtree of it.</summary>
    public static MerkleHash Head(long first, ReadOnlySpan<byte> blocks)
    {
        var count = blocks.Length / BlockedBloomFilter.BlockSize;
        // Parts come by the hundred, each with half a megabyte of leaves.
        var rented = ArrayPool<MerkleHash>.Shared.Rent(count);
        var leaves = rented.AsSpan(0, count);
        HashLeaves(first, blocks, leaves);
        var head = MerkleTree.Head(leaves);
        ArrayPool<MerkleHash>.Shared.Return(rented);
        return head;
    }

    /// <summary>The head over a whole filter.</summary>
    /// <param name="jobs">Threads.</param>
    public static MerkleHash Head(BlockedBloomFilter filter, int jobs = 1)
    {
        ArgumentNullException.ThrowIfNull(filter);
        // Parts are as large as a node of the tree, all but the last.
        var parts = new MerkleHash[FilterPart.CountOf(filter.Blocks)];
        Parallel.For(
            0,
            parts.Length,
            new ParallelOptions { MaxDegreeOfParallelism = jobs },
            part =>
            {
                var first = (long)part * FilterPart.Blocks;
                parts[part] = Head(first, filter.Bytes(first, (int)Math.Min(FilterPart.Blocks, filter.Blocks - first)));
            }
        );
        var tree = new MerkleFrontier();
        foreach (var part in parts)
        {
            tree.Append(part);
        }

        return tree.Head();
    }

    private static void HashLeaves(long first, ReadOnlySpan<byte> blocks, Span<MerkleHash> leaves)
    {
        const int atOnce = 64;
        const int leafSize = 1 + IndexSize + BlockedBloomFilter.BlockSize;
        Span<byte> entries = stackalloc byte[atOnce * leafSize];
        Span<byte> digests = stackalloc byte[atOnce * MerkleHash.Size];
        Span<int> starts = stackalloc int[atOnce];
        Span<int> lengths = stackalloc int[atOnce];
        lengths.Fill(leafSize);
        for (var done = 0; done < leaves.Length; done += atOnce)
        {
            var count = Math.Min(atOnce, leaves.Length - done);
            for (var i = 0; i < count; i++)
            {
                starts[i] = i * leafSize;
                var entry = entries.Slice(starts[i], leafSize);
                entry[0] = 0;
                BinaryPrimitives.WriteInt64BigEndian(entry[1..], first + done + i);
                blocks
                    .Slice((done + i) * BlockedBloomFilter.BlockSize, BlockedBloomFilter.BlockSize)
                    .CopyTo(entry[(1 + IndexSize)..]);
            }

            Sha256Lanes.Hash(entries, starts[..count], lengths[..count], digests);
            for (var i = 0; i < count; i++)
            {
                leaves[done + i] = new MerkleHash(digests.Slice(i * MerkleHash.Size, MerkleHash.Size));
            }
        }
    }

    /// <summary>The subtrees whose heads a proof of these blocks needs, from left to right: the largest without any of them.</summary>
    /// <param name="indices">Ascending, no one twice, each below <paramref name="blocks"/>.</param>
    public static IReadOnlyList<BlockRange> Siblings(ReadOnlyMemory<long> indices, long blocks)
    {
        Require(indices.Span, blocks);
        var siblings = new List<BlockRange>();
        Collect(indices.Span, new BlockRange(0, blocks), siblings);
        return siblings;
    }

    /// <summary>
    /// Whether the blocks stand at those places of a filter with that root. Every hash of the proof has to be used, in its place; a proof that is
    /// too short, too long or of another number of blocks does not verify.
    /// </summary>
    /// <param name="indices">Of the blocks; ascending, no one twice.</param>
    /// <param name="leaves">Of those blocks, by <see cref="Leaf"/>.</param>
    /// <param name="proof">Heads of <see cref="Siblings"/>, in that order.</param>
    public static bool Verify(
        ReadOnlySpan<long> indices,
        ReadOnlySpan<MerkleHash> leaves,
        long blocks,
        ReadOnlySpan<MerkleHash> proof,
        in MerkleHash root
    )
    {
        if (indices.IsEmpty || indices.Length != leaves.Length || blocks < 1 || !AreInOrder(indices, blocks))
        {
            return false;
        }

        return TryHead(indices, leaves, blocks, ref proof, out var head) && proof.IsEmpty && head == root;
    }

    private static void Collect(ReadOnlySpan<long> indices, BlockRange range, List<BlockRange> siblings)
    {
        if (indices.IsEmpty)
        {
            siblings.Add(range);
        }
        else if (range.Count > 1)
        {
            var half = Half(range.Count);
            var left = Below(indices, range.First + half);
            Collect(indices[..left], new BlockRange(range.First, half), siblings);
            Collect(indices[left..], new BlockRange(range.First + half, range.Count - half), siblings);
        }
    }

    // Places are relative to no subtree: only the split between left and right is needed, and it is known from the counts.
    private static bool TryHead(
        ReadOnlySpan<long> indices,
        ReadOnlySpan<MerkleHash> leaves,
        long count,
        ref ReadOnlySpan<MerkleHash> proof,
        out MerkleHash head,
        long first = 0
    )
    {
        head = default;
        if (indices.IsEmpty)
        {
            if (proof.IsEmpty)
            {
                return false;
            }

            head = proof[0];
            proof = proof[1..];
            return true;
        }

        if (count == 1)
        {
            head = leaves[0];
            return true;
        }

        var half = Half(count);
        var left = Below(indices, first + half);
        if (
            !TryHead(indices[..left], leaves[..left], half, ref proof, out var one, first)
            || !TryHead(indices[left..], leaves[left..], count - half, ref proof, out var other, first + half)
        )
        {
            return false;
        }

        head = MerkleTree.HashNode(one, other);
        return true;
    }

    /// <summary>The largest power of two below a count.</summary>
    private static long Half(long count) => 1L << BitOperations.Log2((ulong)count - 1);

    private static int Below(ReadOnlySpan<long> indices, long limit)
    {
        var at = indices.BinarySearch(limit);
        return at < 0 ? ~at : at;
    }

    private static void Require(ReadOnlySpan<long> indices, long blocks)
    {
        if (indices.IsEmpty || blocks < 1 || !AreInOrder(indices, blocks))
        {
            throw new ArgumentException(
                "Indices are ascending, each once, and below the number of blocks.",
                nameof(indices)
            );
        }
    }

    private static bool AreInOrder(ReadOnlySpan<long> indices, long blocks)
    {
        long before = -1;
        foreach (var index in indices)
        {
            if (index <= before)
            {
                return false;
            }

            before = index;
        }

        return before < blocks;
    }
}

/// <summary>Some blocks in a row.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlockRange(long First, long Count);
