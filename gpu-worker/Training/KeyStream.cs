using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lace.Worker.Training;

/// <summary>AES-256 in counter mode: the random bits of one position under one key (NIST SP 800-38A, section 6.5).</summary>
/// <remarks>The block is position ‖ counter, eight bytes each, so that the streams of two positions share none.</remarks>
internal sealed class KeyStream(Aes aes, ulong position)
{
    private const int Blocks = 64;

    private readonly byte[] counters = new byte[Blocks * 16];
    private readonly byte[] bytes = new byte[Blocks * 16];
    private ulong counter;
    private int used = Blocks * 16;

    public ulong Next()
    {
        if (used == bytes.Length)
        {
            Refill();
        }

        var bits = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(used));
        used += 8;
        return bits;
    }

    private void Refill()
    {
        for (var block = 0; block < Blocks; block++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan(block * 16), position);
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan((block * 16) + 8), counter++);
        }

        aes.EncryptEcb(counters, bytes, PaddingMode.None);
        used = 0;
    }
}
