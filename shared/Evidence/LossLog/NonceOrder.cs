using System.Buffers.Binary;
using System.Security.Cryptography;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>The batch order that nobody chose: a permutation from the dataset root and a nonce drawn after the root was fixed (protocol §6).</summary>
public static class NonceOrder
{
    /// <summary>SHA-256(root || nonce).</summary>
    public static MerkleHash Seed(MerkleHash root, MerkleHash nonce)
    {
        Span<byte> message = stackalloc byte[2 * MerkleHash.Size];
        root.CopyTo(message);
        nonce.CopyTo(message[MerkleHash.Size..]);
        return new(SHA256.HashData(message));
    }

    /// <summary>Fisher-Yates from the top over 0 … <paramref name="records"/> − 1, fed by SHA-256(seed || epoch || counter).</summary>
    public static int[] Permutation(MerkleHash seed, long epoch, int records)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(records);
        var order = new int[records];
        for (var i = 0; i < records; i++)
        {
            order[i] = i;
        }

        var words = new Stream(seed, epoch);
        for (var i = records - 1; i > 0; i--)
        {
            var j = (int)words.Uniform((ulong)i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private struct Stream
    {
        private readonly byte[] message = new byte[MerkleHash.Size + 16];
        private readonly byte[] block = new byte[MerkleHash.Size];
        private ulong counter;
        private int used = MerkleHash.Size;

        public Stream(MerkleHash seed, long epoch)
        {
            seed.CopyTo(message);
            BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(MerkleHash.Size), epoch);
        }

        /// <summary>Uniform over 0 … <paramref name="m"/> − 1, without the bias of a bare remainder.</summary>
        public ulong Uniform(ulong m)
        {
            // 2^64 mod m; the values below 2^64 - it are a whole number of times m.
            var excess = (ulong.MaxValue % m + 1) % m;
            ulong word;
            do
            {
                word = Next();
            } while (excess != 0 && word >= 0 - excess);
            return word % m;
        }

        private ulong Next()
        {
            if (used == block.Length)
            {
                BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(MerkleHash.Size + 8), counter++);
                SHA256.HashData(message, block);
                used = 0;
            }

            used += 8;
            return BinaryPrimitives.ReadUInt64BigEndian(block.AsSpan(used - 8));
        }
    }
}
