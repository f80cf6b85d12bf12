using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lace.Cryptography.Hashing;

/// <summary>Four independent Keccak-f[1600] permutations side by side, one in each 64-bit element of the vectors.</summary>
/// <remarks>Constant time. Tested equal to <see cref="Keccak.Permute"/>, which does the work where vectors are not in hardware.</remarks>
internal static class KeccakTimesFour
{
    public static void Permute(Span<Vector256<ulong>> state)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            PermuteVectors(state);
        }
        else
        {
            PermuteOneByOne(state);
        }
    }

    internal static void PermuteOneByOne(Span<Vector256<ulong>> state)
    {
        Span<ulong> single = stackalloc ulong[Keccak.Lanes];
        for (var element = 0; element < Vector256<ulong>.Count; element++)
        {
            for (var lane = 0; lane < Keccak.Lanes; lane++)
            {
                single[lane] = state[lane].GetElement(element);
            }

            Keccak.Permute(single);
            for (var lane = 0; lane < Keccak.Lanes; lane++)
            {
                state[lane] = state[lane].WithElement(element, single[lane]);
            }
        }

        single.Clear();
    }

    internal static void PermuteVectors(Span<Vector256<ulong>> state)
    {
        state = state[..Keccak.Lanes];
        var a00 = state[0];
        var a01 = state[1];
        var a02 = state[2];
        var a03 = state[3];
        var a04 = state[4];
        var a05 = state[5];
        var a06 = state[6];
        var a07 = state[7];
        var a08 = state[8];
        var a09 = state[9];
        var a10 = state[10];
        var a11 = state[11];
        var a12 = state[12];
        var a13 = state[13];
        var a14 = state[14];
        var a15 = state[15];
        var a16 = state[16];
        var a17 = state[17];
        var a18 = state[18];
        var a19 = state[19];
        var a20 = state[20];
        var a21 = state[21];
        var a22 = state[22];
        var a23 = state[23];
        var a24 = state[24];
        for (var round = 0; round < Keccak.RoundConstants.Length; round++)
        {
            var c0 = a00 ^ a05 ^ a10 ^ a15 ^ a20;
            var c1 = a01 ^ a06 ^ a11 ^ a16 ^ a21;
            var c2 = a02 ^ a07 ^ a12 ^ a17 ^ a22;
            var c3 = a03 ^ a08 ^ a13 ^ a18 ^ a23;
            var c4 = a04 ^ a09 ^ a14 ^ a19 ^ a24;
            var d0 = c4 ^ Rotate(c1, 1);
            var d1 = c0 ^ Rotate(c2, 1);
            var d2 = c1 ^ Rotate(c3, 1);
            var d3 = c2 ^ Rotate(c4, 1);
            var d4 = c3 ^ Rotate(c0, 1);
            var b00 = a00 ^ d0;
            var b01 = Rotate(a06 ^ d1, 44);
            var b02 = Rotate(a12 ^ d2, 43);
            var b03 = Rotate(a18 ^ d3, 21);
            var b04 = Rotate(a24 ^ d4, 14);
            var b05 = Rotate(a03 ^ d3, 28);
            var b06 = Rotate(a09 ^ d4, 20);
            var b07 = Rotate(a10 ^ d0, 3);
            var b08 = Rotate(a16 ^ d1, 45);
            var b09 = Rotate(a22 ^ d2, 61);
            var b10 = Rotate(a01 ^ d1, 1);
            var b11 = Rotate(a07 ^ d2, 6);
            var b12 = Rotate(a13 ^ d3, 25);
            var b13 = Rotate(a19 ^ d4, 8);
            var b14 = Rotate(a20 ^ d0, 18);
            var b15 = Rotate(a04 ^ d4, 27);
            var b16 = Rotate(a05 ^ d0, 36);
            var b17 = Rotate(a11 ^ d1, 10);
            var b18 = Rotate(a17 ^ d2, 15);
            var b19 = Rotate(a23 ^ d3, 56);
            var b20 = Rotate(a02 ^ d2, 62);
            var b21 = Rotate(a08 ^ d3, 55);
            var b22 = Rotate(a14 ^ d4, 39);
            var b23 = Rotate(a15 ^ d0, 41);
            var b24 = Rotate(a21 ^ d1, 2);
            a00 = b00 ^ Vector256.AndNot(b02, b01) ^ Vector256.Create(Keccak.RoundConstants[round]);
            a01 = b01 ^ Vector256.AndNot(b03, b02);
            a02 = b02 ^ Vector256.AndNot(b04, b03);
            a03 = b03 ^ Vector256.AndNot(b00, b04);
            a04 = b04 ^ Vector256.AndNot(b01, b00);
            a05 = b05 ^ Vector256.AndNot(b07, b06);
            a06 = b06 ^ Vector256.AndNot(b08, b07);
            a07 = b07 ^ Vector256.AndNot(b09, b08);
            a08 = b08 ^ Vector256.AndNot(b05, b09);
            a09 = b09 ^ Vector256.AndNot(b06, b05);
            a10 = b10 ^ Vector256.AndNot(b12, b11);
            a11 = b11 ^ Vector256.AndNot(b13, b12);
            a12 = b12 ^ Vector256.AndNot(b14, b13);
            a13 = b13 ^ Vector256.AndNot(b10, b14);
            a14 = b14 ^ Vector256.AndNot(b11, b10);
            a15 = b15 ^ Vector256.AndNot(b17, b16);
            a16 = b16 ^ Vector256.AndNot(b18, b17);
            a17 = b17 ^ Vector256.AndNot(b19, b18);
            a18 = b18 ^ Vector256.AndNot(b15, b19);
            a19 = b19 ^ Vector256.AndNot(b16, b15);
            a20 = b20 ^ Vector256.AndNot(b22, b21);
            a21 = b21 ^ Vector256.AndNot(b23, b22);
            a22 = b22 ^ Vector256.AndNot(b24, b23);
            a23 = b23 ^ Vector256.AndNot(b20, b24);
            a24 = b24 ^ Vector256.AndNot(b21, b20);
        }

        state[0] = a00;
        state[1] = a01;
        state[2] = a02;
        state[3] = a03;
        state[4] = a04;
        state[5] = a05;
        state[6] = a06;
        state[7] = a07;
        state[8] = a08;
        state[9] = a09;
        state[10] = a10;
        state[11] = a11;
        state[12] = a12;
        state[13] = a13;
        state[14] = a14;
        state[15] = a15;
        state[16] = a16;
        state[17] = a17;
        state[18] = a18;
        state[19] = a19;
        state[20] = a20;
        state[21] = a21;
        state[22] = a22;
        state[23] = a23;
        state[24] = a24;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Rotate(Vector256<ulong> value, [ConstantExpected] byte count) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(value, count) : (value << count) | (value >>> (64 - count));
}
