using System.Numerics;

namespace Lace.Evidence.Transparency;

/// <summary>Whether a later tree still holds an earlier one, or a part of it, unchanged (RFC 9162 section 2.1.4.2).</summary>
/// <remarks>
/// The form for subtrees is that of draft-ietf-plants-merkle-tree-certs section 4.4: leaves <c>start</c> to <c>end</c> (exclusive), where
/// <c>start</c> is a multiple of the smallest power of two that is not below the subtree's size.
/// </remarks>
public static class MerkleTreeConsistency
{
    /// <summary>Whether the proof leads from the head over <paramref name="size1"/> leaves to the head over <paramref name="size2"/>.</summary>
    public static bool Verify(
        long size1,
        long size2,
        in MerkleHash head1,
        in MerkleHash head2,
        ReadOnlySpan<MerkleHash> proof
    ) => VerifySubtree(0, size1, size2, head1, head2, proof);

    /// <summary>Whether the proof leads from the head over a subtree to the head over <paramref name="size"/> leaves.</summary>
    public static bool VerifySubtree(
        long start,
        long end,
        long size,
        in MerkleHash subtree,
        in MerkleHash head,
        ReadOnlySpan<MerkleHash> proof
    )
    {
        if (!IsSubtree(start, end) || end > size)
        {
            return false;
        }

        // Three numbers walk up the tree: the subtree's first and last node of each level, and the last one of all.
        var (first, node, last) = (start, end - 1, size - 1);
        var levels =
            node == last ? LevelsUntilEqual(first, node) : Math.Min(LevelsUntilEqual(first, node), TrailingOnes(node));
        (first, node, last) = (first >> levels, node >> levels, last >> levels);
        var (inSubtree, inTree) = (subtree, subtree);
        if (first != node)
        {
            if (proof.IsEmpty)
            {
                return false;
            }

            (inSubtree, inTree) = (proof[0], proof[0]);
            proof = proof[1..];
        }

        foreach (ref readonly var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                inSubtree = first < node ? MerkleTree.HashNode(sibling, inSubtree) : inSubtree;
                inTree = MerkleTree.HashNode(sibling, inTree);
                var even = node == 0 ? 0 : BitOperations.TrailingZeroCount(node);
                (first, node, last) = (first >> even, node >> even, last >> even);
            }
            else
            {
                inTree = MerkleTree.HashNode(inTree, sibling);
            }

            (first, node, last) = (first >> 1, node >> 1, last >> 1);
        }

        return last == 0 && inSubtree == subtree && inTree == head;
    }

    /// <summary>Whether leaves from <paramref name="start"/> up to <paramref name="end"/> have a head of their own in every tree that holds them.</summary>
    public static bool IsSubtree(long start, long end) =>
        start >= 0 && end > start && (start & ((long)BitOperations.RoundUpToPowerOf2((ulong)(end - start)) - 1)) == 0;

    private static int LevelsUntilEqual(long first, long node) =>
        first == node ? 0 : BitOperations.Log2((ulong)(first ^ node)) + 1;

    private static int TrailingOnes(long node) => BitOperations.TrailingZeroCount(~node);
}
