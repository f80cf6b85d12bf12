using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Lace.Cryptography.Curve25519;

/// <summary>An integer modulo p = 2^255 - 19, in five limbs of 51 bits.</summary>
/// <remarks>
/// Constant time: no branch and no index depends on a value. Limbs of a product, a difference and a square are below
/// 2^51 + 2^18. A sum does not carry: products and differences take limbs below 2^54, squares below 2^53, so up to three
/// sums may follow each other, and two before a square.
/// Whole file unchecked: products fill 128 bits and the bounds above keep them from wrapping.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct FieldElement(ulong x0, ulong x1, ulong x2, ulong x3, ulong x4)
{
    public const int Size = 32;
    private const int LimbBits = 51;
    private const ulong Mask = (1UL << LimbBits) - 1;

    private readonly ulong x0 = x0;
    private readonly ulong x1 = x1;
    private readonly ulong x2 = x2;
    private readonly ulong x3 = x3;
    private readonly ulong x4 = x4;

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0, 0);

    /// <summary>Reads 255 bits, little-endian, ignoring the topmost; values from p on are taken modulo p.</summary>
    public static FieldElement Read(ReadOnlySpan<byte> bytes)
    {
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new FieldElement(
            w0 & Mask,
            ((w0 >> 51) | (w1 << 13)) & Mask,
            ((w1 >> 38) | (w2 << 26)) & Mask,
            ((w2 >> 25) | (w3 << 39)) & Mask,
            (w3 >> 12) & Mask
        );
    }

    /// <summary>Writes the one encoding below p.</summary>
    public void Write(Span<byte> bytes)
    {
        unchecked
        {
            var r = Carry(Carry(this));

            // r < 2^255 + 2^13 here, so r >= p exactly if adding 19 carries out of bit 255.
            var quotient = (r.x0 + 19) >> 51;
            quotient = (r.x1 + quotient) >> 51;
            quotient = (r.x2 + quotient) >> 51;
            quotient = (r.x3 + quotient) >> 51;
            quotient = (r.x4 + quotient) >> 51;

            var r0 = r.x0 + (19 * quotient);
            var r1 = r.x1 + (r0 >> 51);
            var r2 = r.x2 + (r1 >> 51);
            var r3 = r.x3 + (r2 >> 51);
            var r4 = (r.x4 + (r3 >> 51)) & Mask;
            r0 &= Mask;
            r1 &= Mask;
            r2 &= Mask;
            r3 &= Mask;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, r0 | (r1 << 51));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (r1 >> 13) | (r2 << 38));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], (r2 >> 26) | (r3 << 25));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], (r3 >> 39) | (r4 << 12));
        }
    }

    public static FieldElement operator +(in FieldElement a, in FieldElement b)
    {
        unchecked
        {
            return new(a.x0 + b.x0, a.x1 + b.x1, a.x2 + b.x2, a.x3 + b.x3, a.x4 + b.x4);
        }
    }

    public static FieldElement operator -(in FieldElement a, in FieldElement b)
    {
        unchecked
        {
            // 16 p keeps every limb positive.
            const ulong low = ((1UL << 51) - 19) * 16;
            const ulong high = Mask * 16;
            return Carry(
                new(a.x0 + low - b.x0, a.x1 + high - b.x1, a.x2 + high - b.x2, a.x3 + high - b.x3, a.x4 + high - b.x4)
            );
        }
    }

    public static FieldElement operator -(in FieldElement a) => Zero - a;

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        unchecked
        {
            ulong a0 = a.x0,
                a1 = a.x1,
                a2 = a.x2,
                a3 = a.x3,
                a4 = a.x4;
            ulong b0 = b.x0,
                b1 = b.x1,
                b2 = b.x2,
                b3 = b.x3,
                b4 = b.x4;
            ulong b1Folded = b1 * 19,
                b2Folded = b2 * 19,
                b3Folded = b3 * 19,
                b4Folded = b4 * 19;

            var r0 = Sum.Of(a0, b0).Add(a1, b4Folded).Add(a2, b3Folded).Add(a3, b2Folded).Add(a4, b1Folded);
            var r1 = Sum.Of(a0, b1).Add(a1, b0).Add(a2, b4Folded).Add(a3, b3Folded).Add(a4, b2Folded);
            var r2 = Sum.Of(a0, b2).Add(a1, b1).Add(a2, b0).Add(a3, b4Folded).Add(a4, b3Folded);
            var r3 = Sum.Of(a0, b3).Add(a1, b2).Add(a2, b1).Add(a3, b0).Add(a4, b4Folded);
            var r4 = Sum.Of(a0, b4).Add(a1, b3).Add(a2, b2).Add(a3, b1).Add(a4, b0);
            return Reduce(r0, r1, r2, r3, r4);
        }
    }

    public FieldElement Square()
    {
        unchecked
        {
            ulong a0 = x0,
                a1 = x1,
                a2 = x2,
                a3 = x3,
                a4 = x4;
            ulong a0Twice = a0 * 2,
                a1Twice = a1 * 2,
                a2Twice = a2 * 2,
                a3Twice = a3 * 2,
                a3Folded = a3 * 19,
                a4Folded = a4 * 19;

            var r0 = Sum.Of(a0, a0).Add(a1Twice, a4Folded).Add(a2Twice, a3Folded);
            var r1 = Sum.Of(a0Twice, a1).Add(a2Twice, a4Folded).Add(a3, a3Folded);
            var r2 = Sum.Of(a0Twice, a2).Add(a1, a1).Add(a3Twice, a4Folded);
            var r3 = Sum.Of(a0Twice, a3).Add(a1Twice, a2).Add(a4, a4Folded);
            var r4 = Sum.Of(a0Twice, a4).Add(a1Twice, a3).Add(a2, a2);
            return Reduce(r0, r1, r2, r3, r4);
        }
    }

    /// <summary>The value squared <paramref name="count"/> times; the count is no secret.</summary>
    public FieldElement Square(int count)
    {
        var result = Square();
        for (var i = 1; i < count; i++)
        {
            result = result.Square();
        }

        return result;
    }

    /// <summary>The inverse, x^(p-2); zero for zero.</summary>
    public FieldElement Invert()
    {
        PowerChain(out var to11, out var to250);
        return to250.Square(5) * to11;
    }

    /// <summary>x^((p-5)/8), the heart of a square root.</summary>
    public FieldElement PowerOfRoot()
    {
        PowerChain(out _, out var to250);
        return to250.Square(2) * this;
    }

    /// <summary>All ones if the bytes of both are equal, else zero.</summary>
    public static ulong EqualMask(in FieldElement a, in FieldElement b)
    {
        Span<byte> difference = stackalloc byte[Size];
        (a - b).Write(difference);
        ulong any = 0;
        foreach (var value in difference)
        {
            any |= value;
        }
        unchecked
        {
            return 0UL - ((any - 1) >> 63);
        }
    }

    /// <summary><paramref name="a"/> where the mask is zero, <paramref name="b"/> where it is all ones.</summary>
    public static FieldElement Choose(in FieldElement a, in FieldElement b, ulong mask) =>
        new(
            a.x0 ^ (mask & (a.x0 ^ b.x0)),
            a.x1 ^ (mask & (a.x1 ^ b.x1)),
            a.x2 ^ (mask & (a.x2 ^ b.x2)),
            a.x3 ^ (mask & (a.x3 ^ b.x3)),
            a.x4 ^ (mask & (a.x4 ^ b.x4))
        );

    /// <summary>Parity of the canonical value: the "sign" of RFC 8032.</summary>
    public byte IsNegative()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return (byte)(bytes[0] & 1);
    }

    // x^11 and x^(2^250 - 1), the common part of both exponents.
    private void PowerChain(out FieldElement to11, out FieldElement to250)
    {
        var to2 = Square();
        var to9 = to2.Square(2) * this;
        to11 = to9 * to2;
        var ones5 = to11.Square() * to9;
        var ones10 = ones5.Square(5) * ones5;
        var ones20 = ones10.Square(10) * ones10;
        var ones40 = ones20.Square(20) * ones20;
        var ones50 = ones40.Square(10) * ones10;
        var ones100 = ones50.Square(50) * ones50;
        var ones200 = ones100.Square(100) * ones100;
        to250 = ones200.Square(50) * ones50;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Carry(in FieldElement a)
    {
        unchecked
        {
            return new(
                (a.x0 & Mask) + (19 * (a.x4 >> 51)),
                (a.x1 & Mask) + (a.x0 >> 51),
                (a.x2 & Mask) + (a.x1 >> 51),
                (a.x3 & Mask) + (a.x2 >> 51),
                (a.x4 & Mask) + (a.x3 >> 51)
            );
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduce(Sum r0, Sum r1, Sum r2, Sum r3, Sum r4)
    {
        unchecked
        {
            // A high part counts 2^SplitBits: 2^51 and three bits more, so it goes to the next limb eightfold, and from the
            // last to the first 19 times that. The last sum holds no factor 19 yet: all of these stay below 2^64.
            const int excess = Sum.SplitBits - LimbBits;
            return Carry(
                new(
                    r0.Low + (19 * (r4.High << excess)),
                    r1.Low + (r0.High << excess),
                    r2.Low + (r1.High << excess),
                    r3.Low + (r2.High << excess),
                    r4.Low + (r3.High << excess)
                )
            );
        }
    }

    /// <summary>A sum of up to five products of a limb below 2^54 and one below 19 * 2^54, split so that nothing carries between its halves.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Sum(ulong high, ulong low)
    {
        public const int SplitBits = 54;
        private const ulong LowMask = (1UL << SplitBits) - 1;

        public readonly ulong High = high;
        public readonly ulong Low = low;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Sum Of(ulong a, ulong b) => new(UpperPart(a, b), unchecked(a * b) & LowMask);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sum Add(ulong a, ulong b) => unchecked(new(High + UpperPart(a, b), Low + ((a * b) & LowMask)));

        // a b / 2^SplitBits: the upper word of the product, once a is shifted to the top.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong UpperPart(ulong a, ulong b)
        {
            var shifted = a << (64 - SplitBits);
            return Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(shifted, b) : Math.BigMul(shifted, b, out _);
        }
    }
}
