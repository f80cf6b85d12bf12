using System.Buffers.Binary;

namespace Lace.Cryptography.Lattices;

/// <summary>SimpleBitPack and BitPack of FIPS 204, section 7.1, and their inverses, for 3 to 20 bits a coefficient.</summary>
/// <remarks>Constant time: what is done depends on the place of a coefficient only. Centred values are turned into stored ones by the caller.</remarks>
internal static class BitPacking
{
    /// <summary>Packs non-negative coefficients of fewer than <paramref name="bits"/> + 1 bits, little-endian.</summary>
    public static void Pack(ReadOnlySpan<int> values, int bits, Span<byte> destination)
    {
        unchecked
        {
            ulong pending = 0;
            var count = 0;
            var offset = 0;
            foreach (var value in values)
            {
                pending |= (ulong)(uint)value << count;
                count += bits;
                if (count >= 32)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(destination[offset..], (uint)pending);
                    pending >>= 32;
                    count -= 32;
                    offset += sizeof(uint);
                }
            }
        }
    }

    /// <summary>Unpacks; every stored value of so many bits is given back as it is.</summary>
    public static void Unpack(ReadOnlySpan<byte> source, int bits, Span<int> values)
    {
        unchecked
        {
            ulong pending = 0;
            var count = 0;
            var offset = 0;
            var mask = (1 << bits) - 1;
            foreach (ref var value in values)
            {
                if (count < bits)
                {
                    pending |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(source[offset..]) << count;
                    count += 32;
                    offset += sizeof(uint);
                }

                value = (int)pending & mask;
                pending >>= bits;
                count -= bits;
            }
        }
    }
}
