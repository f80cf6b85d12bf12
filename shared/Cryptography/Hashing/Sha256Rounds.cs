using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lace.Cryptography.Hashing;

/// <summary>The compression function of SHA-256 (FIPS 180-4, 6.2.2) on eight states at once: word w of lane l is at 8 w + l.</summary>
internal static class Sha256Rounds
{
    private static readonly uint[] Initial =
    [
        0x6a09e667,
        0xbb67ae85,
        0x3c6ef372,
        0xa54ff53a,
        0x510e527f,
        0x9b05688c,
        0x1f83d9ab,
        0x5be0cd19,
    ];

    private static readonly uint[] Constants =
    [
        0x428a2f98,
        0x71374491,
        0xb5c0fbcf,
        0xe9b5dba5,
        0x3956c25b,
        0x59f111f1,
        0x923f82a4,
        0xab1c5ed5,
        0xd807aa98,
        0x12835b01,
        0x243185be,
        0x550c7dc3,
        0x72be5d74,
        0x80deb1fe,
        0x9bdc06a7,
        0xc19bf174,
        0xe49b69c1,
        0xefbe4786,
        0x0fc19dc6,
        0x240ca1cc,
        0x2de92c6f,
        0x4a7484aa,
        0x5cb0a9dc,
        0x76f988da,
        0x983e5152,
        0xa831c66d,
        0xb00327c8,
        0xbf597fc7,
        0xc6e00bf3,
        0xd5a79147,
        0x06ca6351,
        0x14292967,
        0x27b70a85,
        0x2e1b2138,
        0x4d2c6dfc,
        0x53380d13,
        0x650a7354,
        0x766a0abb,
        0x81c2c92e,
        0x92722c85,
        0xa2bfe8a1,
        0xa81a664b,
        0xc24b8b70,
        0xc76c51a3,
        0xd192e819,
        0xd6990624,
        0xf40e3585,
        0x106aa070,
        0x19a4c116,
        0x1e376c08,
        0x2748774c,
        0x34b0bcb5,
        0x391c0cb3,
        0x4ed8aa4a,
        0x5b9cca4f,
        0x682e6ff3,
        0x748f82ee,
        0x78a5636f,
        0x84c87814,
        0x8cc70208,
        0x90befffa,
        0xa4506ceb,
        0xbef9a3f7,
        0xc67178f2,
    ];

    /// <summary>The initial state in every lane.</summary>
    public static void Start(Span<uint> state)
    {
        for (var word = 0; word < Sha256Lanes.StateWords; word++)
        {
            state.Slice(word * Sha256Lanes.Lanes, Sha256Lanes.Lanes).Fill(Initial[word]);
        }
    }

    /// <summary>Writes the digest that a lane holds.</summary>
    public static void Store(ReadOnlySpan<uint> state, int lane, Span<byte> digest)
    {
        for (var word = 0; word < Sha256Lanes.StateWords; word++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * word)..], state[(word * Sha256Lanes.Lanes) + lane]);
        }
    }

    /// <summary>Takes one block a lane into the state; <paramref name="block"/> is used up.</summary>
    public static void Compress(Span<uint> state, Span<uint> block)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, Sha256Lanes.StateWords * Sha256Lanes.Lanes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(block.Length, Sha256Lanes.BlockWords * Sha256Lanes.Lanes);
        ref var s = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<uint, Vector256<uint>>(state));
        ref var w = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<uint, Vector256<uint>>(block));
        ref var k = ref MemoryMarshal.GetArrayDataReference(Constants);
        var (a, b, c, d) = (s, Unsafe.Add(ref s, 1), Unsafe.Add(ref s, 2), Unsafe.Add(ref s, 3));
        var (e, f, g, h) = (Unsafe.Add(ref s, 4), Unsafe.Add(ref s, 5), Unsafe.Add(ref s, 6), Unsafe.Add(ref s, 7));
        for (var i = 0; i < 64; i += 8)
        {
            if (i >= 16)
            {
                Extend(ref w, i);
            }

            Round(a, b, c, ref d, e, f, g, ref h, Word(ref w, ref k, i));
            Round(h, a, b, ref c, d, e, f, ref g, Word(ref w, ref k, i + 1));
            Round(g, h, a, ref b, c, d, e, ref f, Word(ref w, ref k, i + 2));
            Round(f, g, h, ref a, b, c, d, ref e, Word(ref w, ref k, i + 3));
            Round(e, f, g, ref h, a, b, c, ref d, Word(ref w, ref k, i + 4));
            Round(d, e, f, ref g, h, a, b, ref c, Word(ref w, ref k, i + 5));
            Round(c, d, e, ref f, g, h, a, ref b, Word(ref w, ref k, i + 6));
            Round(b, c, d, ref e, f, g, h, ref a, Word(ref w, ref k, i + 7));
        }

        s += a;
        Unsafe.Add(ref s, 1) += b;
        Unsafe.Add(ref s, 2) += c;
        Unsafe.Add(ref s, 3) += d;
        Unsafe.Add(ref s, 4) += e;
        Unsafe.Add(ref s, 5) += f;
        Unsafe.Add(ref s, 6) += g;
        Unsafe.Add(ref s, 7) += h;
    }

    // Eight words of the message schedule, in the place of the eight that are sixteen before them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(ref Vector256<uint> w, int from)
    {
        for (var i = from; i < from + 8; i++)
        {
            ref var word = ref Unsafe.Add(ref w, i & 15);
            var second = Unsafe.Add(ref w, (i + 1) & 15);
            var before = Unsafe.Add(ref w, (i + 14) & 15);
            word +=
                Unsafe.Add(ref w, (i + 9) & 15)
                + (Rotate(second, 7) ^ Rotate(second, 18) ^ (second >>> 3))
                + (Rotate(before, 17) ^ Rotate(before, 19) ^ (before >>> 10));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Word(ref Vector256<uint> w, ref uint k, int i) =>
        Unsafe.Add(ref w, i & 15) + Vector256.Create(Unsafe.Add(ref k, i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector256<uint> a,
        Vector256<uint> b,
        Vector256<uint> c,
        ref Vector256<uint> d,
        Vector256<uint> e,
        Vector256<uint> f,
        Vector256<uint> g,
        ref Vector256<uint> h,
        Vector256<uint> word
    )
    {
        var first = h + word + (Rotate(e, 6) ^ Rotate(e, 11) ^ Rotate(e, 25)) + Vector256.ConditionalSelect(e, f, g);
        var majority = Vector256.ConditionalSelect(a ^ b, c, b);
        d += first;
        h = first + (Rotate(a, 2) ^ Rotate(a, 13) ^ Rotate(a, 22)) + majority;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> x, [ConstantExpected] byte count) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(x, count) : (x >>> count) | (x << (32 - count));
}
