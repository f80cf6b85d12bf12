using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Cryptography.Curve25519;

/// <summary>Multiples of the base point B.</summary>
/// <remarks>
/// <see cref="Multiply"/> takes a secret: it always does 64 additions, and each reads all eight candidates of its table row
/// and keeps one by a mask, so neither time nor addresses depend on the scalar.
/// </remarks>
internal static class BasePoint
{
    public const int OddMultiplesWidth = 7;
    private const int Rows = 32;
    private const int PerRow = 8;
    private const int WordsPerEntry = 16;

    private static readonly EdwardsPoint B = ReadBasePoint();

    // Row i holds (1, ..., 8) 256^i B, each padded from 15 to 16 words.
    private static readonly ulong[] Rows256 = BuildRows();

    /// <summary>B, 3 B, 5 B, ..., 63 B.</summary>
    public static readonly AffineMultiple[] OddMultiples = BuildOddMultiples();

    /// <summary>The secret scalar (below 2^255) times B.</summary>
    public static EdwardsPoint Multiply(ReadOnlySpan<byte> scalar)
    {
        Span<sbyte> digits = stackalloc sbyte[64];
        ToSignedRadix16(scalar, digits);
        var sum = EdwardsPoint.Identity;
        for (var i = 1; i < digits.Length; i += 2)
        {
            sum = sum.Add(Select(i / 2, digits[i])).ToPoint();
        }

        for (var i = 0; i < 3; i++)
        {
            sum = sum.Double().ToDoublingInput();
        }

        sum = sum.Double().ToPoint();
        for (var i = 0; i < digits.Length; i += 2)
        {
            sum = sum.Add(Select(i / 2, digits[i])).ToPoint();
        }

        digits.Clear();
        return sum;
    }

    // Digits from -8 to 8 with scalar = sum of digit_i 16^i.
    private static void ToSignedRadix16(ReadOnlySpan<byte> scalar, Span<sbyte> digits)
    {
        unchecked
        {
            for (var i = 0; i < scalar.Length; i++)
            {
                digits[2 * i] = (sbyte)(scalar[i] & 15);
                digits[(2 * i) + 1] = (sbyte)(scalar[i] >> 4);
            }

            var carry = 0;
            for (var i = 0; i < digits.Length - 1; i++)
            {
                var digit = digits[i] + carry;
                carry = (digit + 8) >> 4;
                digits[i] = (sbyte)(digit - (carry << 4));
            }

            digits[^1] = (sbyte)(digits[^1] + carry);
        }
    }

    private static AffineMultiple Select(int row, int digit)
    {
        unchecked
        {
            var negative = digit >> 31;
            var magnitude = (digit ^ negative) - negative;
            ReadOnlySpan<Vector256<ulong>> entries = MemoryMarshal.Cast<ulong, Vector256<ulong>>(
                Rows256.AsSpan(row * PerRow * WordsPerEntry, PerRow * WordsPerEntry)
            );

            // The identity, y + x = y - x = 1, is what stays if no entry is meant. Words 0 and 5.
            var zero = MaskOf(magnitude, 0) & Vector256.Create(1UL);
            var v0 = zero & Vector256.Create(ulong.MaxValue, 0, 0, 0);
            var v1 = zero & Vector256.Create(0, ulong.MaxValue, 0, 0);
            var v2 = Vector256<ulong>.Zero;
            var v3 = Vector256<ulong>.Zero;
            for (var i = 0; i < PerRow; i++)
            {
                var mask = MaskOf(magnitude, i + 1);
                v0 |= entries[4 * i] & mask;
                v1 |= entries[(4 * i) + 1] & mask;
                v2 |= entries[(4 * i) + 2] & mask;
                v3 |= entries[(4 * i) + 3] & mask;
            }

            Span<Vector256<ulong>> chosen = [v0, v1, v2, v3];
            ref readonly var point = ref MemoryMarshal.AsRef<AffineMultiple>(MemoryMarshal.AsBytes(chosen));
            return Negate(point, (ulong)(long)negative);
        }
    }

    private static Vector256<ulong> MaskOf(int value, int expected) =>
        unchecked(Vector256.Create((ulong)(((long)(value ^ expected) - 1) >> 63)));

    private static AffineMultiple Negate(in AffineMultiple point, ulong mask) =>
        new(
            FieldElement.Choose(point.YPlusX, point.YMinusX, mask),
            FieldElement.Choose(point.YMinusX, point.YPlusX, mask),
            FieldElement.Choose(point.TwiceDxy, -point.TwiceDxy, mask)
        );

    private static EdwardsPoint ReadBasePoint()
    {
        Span<byte> encoded = stackalloc byte[EdwardsPoint.Size];
        encoded.Fill(0x66);
        encoded[0] = 0x58;
        return EdwardsPoint.TryRead(encoded, out var point)
            ? point
            : throw new InvalidOperationException("No base point.");
    }

    private static ulong[] BuildRows()
    {
        var points = new EdwardsPoint[Rows * PerRow];
        var first = B;
        for (var row = 0; row < Rows; row++)
        {
            var step = first.ToMultiple();
            points[row * PerRow] = first;
            for (var i = 1; i < PerRow; i++)
            {
                points[(row * PerRow) + i] = points[(row * PerRow) + i - 1].Add(step).ToPoint();
            }

            for (var i = 0; i < 8; i++)
            {
                first = first.Double().ToPoint();
            }
        }

        var words = new ulong[points.Length * WordsPerEntry];
        var affine = ToAffine(points);
        for (var i = 0; i < affine.Length; i++)
        {
            MemoryMarshal.Cast<AffineMultiple, ulong>(affine.AsSpan(i, 1)).CopyTo(words.AsSpan(i * WordsPerEntry));
        }

        return words;
    }

    private static AffineMultiple[] BuildOddMultiples()
    {
        var points = new EdwardsPoint[1 << (OddMultiplesWidth - 2)];
        var twice = B.Double().ToPoint().ToMultiple();
        points[0] = B;
        for (var i = 1; i < points.Length; i++)
        {
            points[i] = points[i - 1].Add(twice).ToPoint();
        }

        return ToAffine(points);
    }

    // One inversion for all: prefix products forward, then peel the inverse of the whole product backward.
    private static AffineMultiple[] ToAffine(EdwardsPoint[] points)
    {
        var prefixes = new FieldElement[points.Length];
        var product = FieldElement.One;
        for (var i = 0; i < points.Length; i++)
        {
            prefixes[i] = product;
            product *= points[i].Z;
        }

        var inverse = product.Invert();
        var affine = new AffineMultiple[points.Length];
        for (var i = points.Length - 1; i >= 0; i--)
        {
            affine[i] = points[i].ToAffine(inverse * prefixes[i]);
            inverse *= points[i].Z;
        }

        return affine;
    }
}
