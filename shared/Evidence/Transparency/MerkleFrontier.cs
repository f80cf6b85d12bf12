namespace Lace.Evidence.Transparency;

/// <summary>The right edge of a growing RFC 6962 tree: takes leaves one by one and holds one hash a level.</summary>
public sealed class MerkleFrontier
{
    // Entry k is the root of the complete subtree of 2^k leaves, if bit k of Count is set.
    private readonly MerkleHash[] complete = new MerkleHash[63];

    /// <summary>How many leaves were appended.</summary>
    public long Count { get; private set; }

    /// <summary>Appends a leaf hash, or the root of a perfect subtree where all are such roots of one size.</summary>
    public void Append(in MerkleHash leaf)
    {
        var (hash, level) = (leaf, 0);
        for (; (Count >> level & 1) == 1; level++)
        {
            hash = MerkleTree.HashNode(complete[level], hash);
        }

        complete[level] = hash;
        Count++;
    }

    /// <summary>The tree head over everything appended so far.</summary>
    /// <exception cref="InvalidOperationException">Nothing was appended.</exception>
    public MerkleHash Head()
    {
        MerkleHash? head = null;
        for (var level = 0; Count >> level != 0; level++)
        {
            if ((Count >> level & 1) == 1)
            {
                head = head is { } right ? MerkleTree.HashNode(complete[level], right) : complete[level];
            }
        }

        return head ?? throw new InvalidOperationException("A tree has at least one leaf.");
    }

    /// <summary>Forgets all leaves.</summary>
    public void Clear() => Count = 0;
}
