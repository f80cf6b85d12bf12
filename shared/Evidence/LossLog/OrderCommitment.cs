using System.Buffers.Binary;
using System.Security.Cryptography;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>Commitment to the order of batches of one epoch, openable for any prefix: a hash chain from the end to the start (protocol §6).</summary>
public static class OrderCommitment
{
    /// <summary>What the chain holds after the last batch: h_m.</summary>
    public static readonly MerkleHash End = new(SHA256.HashData("lace-order/1"u8));

    /// <summary>h_0 … h_m: the first is the commitment, the k-th opens it for the batches before k.</summary>
    public static MerkleHash[] Chain(IReadOnlyList<IReadOnlyList<int>> batches)
    {
        var chain = new MerkleHash[batches.Count + 1];
        chain[^1] = End;
        for (var k = batches.Count - 1; k >= 0; k--)
        {
            chain[k] = Before(chain[k + 1], batches[k]);
        }

        return chain;
    }

    /// <summary>Whether <paramref name="prefix"/> are the first batches of the committed order, given the chain value after them.</summary>
    public static bool Opens(MerkleHash commit, IReadOnlyList<IReadOnlyList<int>> prefix, MerkleHash tail)
    {
        for (var k = prefix.Count - 1; k >= 0; k--)
        {
            tail = Before(tail, prefix[k]);
        }

        return tail == commit;
    }

    /// <summary>h_k from h_{k+1} and batch k.</summary>
    private static MerkleHash Before(MerkleHash next, IReadOnlyList<int> batch)
    {
        var message = new byte[MerkleHash.Size + 8 + (8 * batch.Count)];
        next.CopyTo(message);
        var words = message.AsSpan(MerkleHash.Size);
        BinaryPrimitives.WriteUInt64BigEndian(words, (ulong)batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(words[(8 * (i + 1))..], (ulong)batch[i]);
        }

        return new(SHA256.HashData(message));
    }
}
