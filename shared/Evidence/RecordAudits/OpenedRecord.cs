using System.Security.Cryptography;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.RecordAudits;

/// <summary>One record of a committed dataset, with what leads from it to the root.</summary>
/// <param name="IsPlain">Whether its file is plain text, so that nothing in it is read as JSON.</param>
/// <param name="Content">Its canonical bytes.</param>
/// <param name="Salt">HMAC of its index under the dataset's salt key: of this record alone.</param>
/// <param name="Features">The 13 numbers that were committed.</param>
/// <param name="Proof">From its leaf to the dataset's root.</param>
public sealed record OpenedRecord(
    long Index,
    bool IsPlain,
    ReadOnlyMemory<byte> Content,
    ReadOnlyMemory<byte> Salt,
    RecordFeatures Features,
    IReadOnlyList<MerkleHash> Proof
)
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltSize = SHA256.HashSizeInBytes;

    /// <summary>Its leaf in the dataset's tree (protocol §2).</summary>
    public MerkleHash Leaf()
    {
        var digest = new MerkleHash(SHA256.HashData([.. Salt.Span, .. Content.Span]));
        Span<byte> entry = stackalloc byte[DatasetEntry.MaxLength];
        return MerkleTree.HashLeaf(entry[..DatasetEntry.Write(entry, digest, Features)]);
    }
}
