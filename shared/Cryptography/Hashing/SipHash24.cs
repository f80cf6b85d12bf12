using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Lace.Cryptography.Hashing;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed function of 64 bits. Who does not know the key cannot make inputs that meet; it is
/// no digest, as 64 bits are too few for one.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct SipHash24
{
    public const int KeySize = 16;

    private readonly ulong k0;
    private readonly ulong k1;

    /// <param name="key">16 bytes.</param>
    public SipHash24(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    public ulong Hash(ReadOnlySpan<byte> input)
    {
        unchecked
        {
            var v0 = k0 ^ 0x736f_6d65_7073_6575;
            var v1 = k1 ^ 0x646f_7261_6e64_6f6d;
            var v2 = k0 ^ 0x6c79_6765_6e65_7261;
            var v3 = k1 ^ 0x7465_6462_7974_6573;
            var last = (ulong)input.Length << 56;
            for (; input.Length >= 8; input = input[8..])
            {
                var word = BinaryPrimitives.ReadUInt64LittleEndian(input);
                v3 ^= word;
                Round(ref v0, ref v1, ref v2, ref v3);
                Round(ref v0, ref v1, ref v2, ref v3);
                v0 ^= word;
            }

            for (var i = 0; i < input.Length; i++)
            {
                last |= (ulong)input[i] << (8 * i);
            }

            v3 ^= last;
            Round(ref v0, ref v1, ref v2, ref v3);
            Round(ref v0, ref v1, ref v2, ref v3);
            v0 ^= last;
            v2 ^= 0xff;
            for (var i = 0; i < 4; i++)
            {
                Round(ref v0, ref v1, ref v2, ref v3);
            }

            return v0 ^ v1 ^ v2 ^ v3;
        }
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        unchecked
        {
            v0 += v1;
            v2 += v3;
            v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
            v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
            v0 = BitOperations.RotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
            v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
            v2 = BitOperations.RotateLeft(v2, 32);
        }
    }
}
