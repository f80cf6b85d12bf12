using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Tests.Evidence.Transparency.Notes;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>A log's tree in memory and its signer: gives the checkpoint of any size, and proofs.</summary>
internal sealed class GrowingLog(string origin, byte seed = 1, string leaves = "leaf")
{
    private readonly NoteSigner signer = new(origin, NoteSignatureType.Ed25519, seed);

    public VerifierKey Key => signer.Key;

    public string Origin => origin;

    public Checkpoint Head(int size) =>
        new(origin, size, size == 0 ? Checkpoint.EmptyRoot : MerkleTree.Head(Leaves(size)));

    public SignedNote Note(int size) => new(Head(size).Text, [signer.Sign(Head(size).Text)]);

    /// <summary>RFC 6962 section 2.1.2, as it is written there.</summary>
    public Task<IReadOnlyList<MerkleHash>> ProveAsync(
        long oldSize,
        long newSize,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<MerkleHash>>(SubProof((int)oldSize, Leaves((int)newSize), complete: true));

    private MerkleHash[] Leaves(int size) =>
        [
            .. Enumerable
                .Range(0, size)
                .Select(i => MerkleTree.HashLeaf(System.Text.Encoding.UTF8.GetBytes($"{leaves} {i}"))),
        ];

    private static MerkleHash[] SubProof(int m, MerkleHash[] leaves, bool complete)
    {
        if (m == leaves.Length)
        {
            return complete ? [] : [MerkleTree.Head(leaves)];
        }

        var split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        return m <= split
            ? [.. SubProof(m, leaves[..split], complete), MerkleTree.Head(leaves.AsSpan(split))]
            : [.. SubProof(m - split, leaves[split..], complete: false), MerkleTree.Head(leaves.AsSpan(0, split))];
    }
}
