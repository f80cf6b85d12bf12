using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

    /// <summary>The hashes of pieces of one length, four of them at once.</summary>
    /// <param name="places">Where in <paramref name="input"/> the pieces begin.</param>
    /// <param name="length">Bytes of a piece, a multiple of 8.</param>
    /// <param name="hashes">As many as places.</param>
    public void Hash(ReadOnlySpan<byte> input, ReadOnlySpan<int> places, int length, Span<ulong> hashes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % sizeof(ulong), 0, nameof(length));
        ArgumentOutOfRangeException.ThrowIfNotEqual(hashes.Length, places.Length, nameof(hashes));
        var i = 0;
        for (; i + Vector256<ulong>.Count <= places.Length; i += Vector256<ulong>.Count)
        {
            Hash(
                    input.Slice(places[i], length),
                    input.Slice(places[i + 1], length),
                    input.Slice(places[i + 2], length),
                    input.Slice(places[i + 3], length)
                )
                .CopyTo(hashes[i..]);
        }

        for (; i < places.Length; i++)
        {
            hashes[i] = Hash(input.Slice(places[i], length));
        }
    }

    private Vector256<ulong> Hash(
        ReadOnlySpan<byte> a,
        ReadOnlySpan<byte> b,
        ReadOnlySpan<byte> c,
        ReadOnlySpan<byte> d
    )
    {
        var v0 = Vector256.Create(k0 ^ 0x736f_6d65_7073_6575);
        var v1 = Vector256.Create(k1 ^ 0x646f_7261_6e64_6f6d);
        var v2 = Vector256.Create(k0 ^ 0x6c79_6765_6e65_7261);
        var v3 = Vector256.Create(k1 ^ 0x7465_6462_7974_6573);
        for (var at = 0; at < a.Length; at += sizeof(ulong))
        {
            var word = Vector256.Create(
                BinaryPrimitives.ReadUInt64LittleEndian(a[at..]),
                BinaryPrimitives.ReadUInt64LittleEndian(b[at..]),
                BinaryPrimitives.ReadUInt64LittleEndian(c[at..]),
                BinaryPrimitives.ReadUInt64LittleEndian(d[at..])
            );
            v3 ^= word;
            Round(ref v0, ref v1, ref v2, ref v3);
            Round(ref v0, ref v1, ref v2, ref v3);
            v0 ^= word;
        }

        var last = Vector256.Create(((ulong)a.Length & 0xFF) << 56);
        v3 ^= last;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= last;
        v2 ^= Vector256.Create(0xffUL);
        for (var i = 0; i < 4; i++)
        {
            Round(ref v0, ref v1, ref v2, ref v3);
        }

        return v0 ^ v1 ^ v2 ^ v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector256<ulong> v0,
        ref Vector256<ulong> v1,
        ref Vector256<ulong> v2,
        ref Vector256<ulong> v3
    )
    {
        v0 += v1;
        v2 += v3;
        v1 = RotateLeft(v1, 13) ^ v0;
        v3 = RotateLeft(v3, 16) ^ v2;
        v0 = RotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = RotateLeft(v1, 17) ^ v2;
        v3 = RotateLeft(v3, 21) ^ v0;
        v2 = RotateLeft(v2, 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateLeft(Vector256<ulong> value, [ConstantExpected] byte count) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(value, count) : (value << count) | (value >>> (64 - count));

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
