using System.Buffers.Binary;

namespace Lace.Cryptography.Curve25519;

/// <summary>a A + b B for public scalars and points: what verification needs. Variable time.</summary>
internal static class PublicMultiplication
{
    private const int PointWidth = 5;
    private const int MaxDigits = 256;

    public static EdwardsPoint MultiplyAdd(ReadOnlySpan<byte> a, in EdwardsPoint point, ReadOnlySpan<byte> b)
    {
        Span<sbyte> digitsOfA = stackalloc sbyte[MaxDigits];
        Span<sbyte> digitsOfB = stackalloc sbyte[MaxDigits];
        ToNonAdjacentForm(a, PointWidth, digitsOfA);
        ToNonAdjacentForm(b, BasePoint.OddMultiplesWidth, digitsOfB);
        var multiples = OddMultiples(point);

        var sum = EdwardsPoint.Identity;
        for (var i = MaxDigits - 1; i >= 0; i--)
        {
            var doubled = sum.Double();
            var (digitA, digitB) = (digitsOfA[i], digitsOfB[i]);
            if (digitA != 0)
            {
                var multiple = multiples[Math.Abs((int)digitA) / 2];
                doubled = doubled.ToPoint().Add(digitA > 0 ? multiple : -multiple);
            }

            if (digitB != 0)
            {
                var multiple = BasePoint.OddMultiples[Math.Abs((int)digitB) / 2];
                doubled = doubled.ToPoint().Add(digitB > 0 ? multiple : -multiple);
            }

            sum = i == 0 ? doubled.ToPoint() : doubled.ToDoublingInput();
        }

        return sum;
    }

    private static ProjectiveMultiple[] OddMultiples(in EdwardsPoint point)
    {
        var multiples = new ProjectiveMultiple[1 << (PointWidth - 2)];
        multiples[0] = point.ToMultiple();
        var twice = point.Double().ToPoint();
        for (var i = 1; i < multiples.Length; i++)
        {
            multiples[i] = twice.Add(multiples[i - 1]).ToPoint().ToMultiple();
        }

        return multiples;
    }

    // Odd digits below 2^(width-1) in magnitude, with at least width - 1 zeroes after each; scalars are below 2^253.
    private static void ToNonAdjacentForm(ReadOnlySpan<byte> scalar, int width, Span<sbyte> digits)
    {
        digits.Clear();
        Span<ulong> words = stackalloc ulong[5];
        words[4] = 0;
        for (var i = 0; i < 4; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(scalar[(8 * i)..]);
        }

        var window = 1 << width;
        var carry = 0;
        for (var position = 0; position < MaxDigits; )
        {
            var (word, bit) = (position / 64, position % 64);
            var bits = words[word] >> bit;
            if (bit > 64 - width)
            {
                bits |= words[word + 1] << (64 - bit);
            }

            var value = carry + (int)(bits & (ulong)(window - 1));
            if (value % 2 == 0)
            {
                position++;
                continue;
            }

            carry = value < window / 2 ? 0 : 1;
            digits[position] = (sbyte)(value - (carry * window));
            position += width;
        }
    }
}
