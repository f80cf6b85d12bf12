using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using Lace.Cryptography.Hashing;

namespace Lace.Evidence.Transparency;

/// <summary>The Merkle tree hash of RFC 6962 section 2.1 with SHA-256, and its inclusion proofs.</summary>
/// <remarks>
/// Leaves and nodes are hashed under different prefixes, so that no node can be passed off as a leaf. A tree that is
/// too large to hold is folded by <see cref="MerkleFrontier"/>.
/// </remarks>
public static class MerkleTree
{
    /// <summary>SHA-256(0x00 || entry).</summary>
    /// <param name="entry">At most 1,024 bytes are hashed without allocating.</param>
    public static MerkleHash HashLeaf(ReadOnlySpan<byte> entry)
    {
        const int stackLimit = 1024;
        var input = entry.Length < stackLimit ? stackalloc byte[stackLimit] : new byte[entry.Length + 1];
        input[0] = 0;
        entry.CopyTo(input[1..]);
        return Hash(input[..(entry.Length + 1)]);
    }

    /// <summary>SHA-256(0x01 || left || right).</summary>
    public static MerkleHash HashNode(in MerkleHash left, in MerkleHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * MerkleHash.Size)];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + MerkleHash.Size)..]);
        return Hash(input);
    }

    /// <summary>The tree head over hashes in order: leaf hashes, or roots of perfect subtrees of one size (the last may be smaller).</summary>
    /// <exception cref="ArgumentException">There are none: the head of no leaves is not defined here.</exception>
    public static MerkleHash Head(ReadOnlySpan<MerkleHash> hashes)
    {
        if (hashes.IsEmpty)
        {
            throw new ArgumentException("A tree has at least one leaf.", nameof(hashes));
        }

        // Level by level; one without a neighbour goes up as it is. No other way of pairing gives the tree of the RFC.
        var level = ArrayPool<MerkleHash>.Shared.Rent(hashes.Length);
        hashes.CopyTo(level);
        for (var count = hashes.Length; count > 1; count = (count + 1) / 2)
        {
            HashPairs(level.AsSpan(0, count));
        }

        var head = level[0];
        ArrayPool<MerkleHash>.Shared.Return(level);
        return head;
    }

    private static void HashPairs(Span<MerkleHash> level)
    {
        const int atOnce = 64;
        const int nodeSize = 1 + (2 * MerkleHash.Size);
        Span<byte> nodes = stackalloc byte[atOnce * nodeSize];
        Span<byte> digests = stackalloc byte[atOnce * MerkleHash.Size];
        Span<int> starts = stackalloc int[atOnce];
        Span<int> lengths = stackalloc int[atOnce];
        lengths.Fill(nodeSize);
        var pairs = level.Length / 2;
        for (var first = 0; first < pairs; first += atOnce)
        {
            var count = Math.Min(atOnce, pairs - first);
            for (var i = 0; i < count; i++)
            {
                starts[i] = i * nodeSize;
                var node = nodes.Slice(starts[i], nodeSize);
                node[0] = 1;
                level[2 * (first + i)].CopyTo(node[1..]);
                level[(2 * (first + i)) + 1].CopyTo(node[(1 + MerkleHash.Size)..]);
            }

            Sha256Lanes.Hash(nodes, starts[..count], lengths[..count], digests);
            for (var i = 0; i < count; i++)
            {
                level[first + i] = new MerkleHash(digests.Slice(i * MerkleHash.Size, MerkleHash.Size));
            }
        }

        if (level.Length % 2 == 1)
        {
            level[pairs] = level[^1];
        }
    }

    /// <summary>The path from one leaf up to the head, siblings in order from the leaf (RFC 6962 section 2.1.1).</summary>
    public static MerkleHash[] InclusionProof(ReadOnlySpan<MerkleHash> hashes, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, hashes.Length);
        var path = new Stack<MerkleHash>();
        while (hashes.Length > 1)
        {
            var split = 1 << BitOperations.Log2((uint)hashes.Length - 1);
            path.Push(Head(index < split ? hashes[split..] : hashes[..split]));
            hashes = index < split ? hashes[..split] : hashes[split..];
            index -= index < split ? 0 : split;
        }

        return [.. path];
    }

    /// <summary>Whether the proof leads from the leaf hash at <paramref name="index"/> of <paramref name="size"/> leaves to the head.</summary>
    public static bool VerifyInclusion(
        in MerkleHash leaf,
        long index,
        long size,
        ReadOnlySpan<MerkleHash> proof,
        in MerkleHash head
    )
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        // RFC 9162 section 2.1.3.2: the two numbers walk up the tree, node and last node of each level.
        var (node, last, hash) = (index, size - 1, leaf);
        foreach (ref readonly var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = HashNode(sibling, hash);
                var levels = BitOperations.TrailingZeroCount(node);
                (node, last) = (node >> levels, last >> levels);
            }
            else
            {
                hash = HashNode(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash == head;
    }

    private static MerkleHash Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> output = stackalloc byte[MerkleHash.Size];
        SHA256.HashData(input, output);
        return new MerkleHash(output);
    }
}
