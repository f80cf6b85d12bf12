using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>The one hash that commits to a dataset: the tree head over all its leaves (protocol §2 and §3).</summary>
public static class DatasetRoot
{
    /// <summary>The root from the roots of all chunks in order, without their entries.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static MerkleHash FromChunkRoots(ReadOnlySpan<MerkleHash> chunkRoots) => MerkleTree.Head(chunkRoots);

    /// <summary>
    /// The path from one record's leaf to the dataset root; <see cref="MerkleTree.VerifyInclusion"/> takes it with the record's index
    /// in the dataset and the number of records.
    /// </summary>
    /// <param name="chunkLeaves">Leaf hashes of the record's chunk.</param>
    /// <param name="chunkRoots">Roots of all chunks.</param>
    /// <param name="chunk">Number of the record's chunk.</param>
    /// <param name="index">Position of the record in its chunk.</param>
    public static MerkleHash[] InclusionProof(
        ReadOnlySpan<MerkleHash> chunkLeaves,
        ReadOnlySpan<MerkleHash> chunkRoots,
        int chunk,
        int index
    ) => [.. MerkleTree.InclusionProof(chunkLeaves, index), .. MerkleTree.InclusionProof(chunkRoots, chunk)];
}
