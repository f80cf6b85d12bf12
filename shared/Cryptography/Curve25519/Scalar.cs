using System.Buffers.Binary;

namespace Lace.Cryptography.Curve25519;

/// <summary>Arithmetic modulo L = 2^252 + c, the order of the base point (RFC 8032, section 5.1).</summary>
/// <remarks>
/// Constant time: fixed loops, and masks in place of branches; <see cref="IsCanonical"/> alone is for public values.
/// Reduction folds three times with 2^252 = -c (mod L).
/// </remarks>
internal static class Scalar
{
    public const int Size = 32;
    private const int Limbs = 4;

    private static ReadOnlySpan<ulong> Order => [0x5812631A5CF5D3ED, 0x14DEF9DEA2F79CD6, 0, 0x1000000000000000];

    private static ReadOnlySpan<ulong> C => [0x5812631A5CF5D3ED, 0x14DEF9DEA2F79CD6];

    /// <summary>Whether a public 32-byte scalar is below L: RFC 8032 refuses S otherwise, which bars a second signature.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> scalar)
    {
        for (var i = Limbs - 1; i >= 0; i--)
        {
            var limb = BinaryPrimitives.ReadUInt64LittleEndian(scalar[(8 * i)..]);
            if (limb != Order[i])
            {
                return limb < Order[i];
            }
        }

        return false;
    }

    /// <summary>The 64-byte number modulo L.</summary>
    public static void Reduce(ReadOnlySpan<byte> wide, Span<byte> result)
    {
        Span<ulong> limbs = stackalloc ulong[2 * Limbs];
        Read(wide, limbs);
        Reduce(limbs, result);
        limbs.Clear();
    }

    /// <summary>a * b + c modulo L.</summary>
    public static void MultiplyAdd(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, Span<byte> result)
    {
        Span<ulong> left = stackalloc ulong[Limbs];
        Span<ulong> right = stackalloc ulong[Limbs];
        Span<ulong> addend = stackalloc ulong[2 * Limbs];
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        Read(a, left);
        Read(b, right);
        Read(c, addend[..Limbs]);
        addend[Limbs..].Clear();
        Multiply(left, right, product);
        Add(product, addend);
        Reduce(product, result);
        left.Clear();
        right.Clear();
        addend.Clear();
        product.Clear();
    }

    private static void Reduce(ReadOnlySpan<ulong> wide, Span<byte> result)
    {
        // wide = low0 + 2^252 high0 = low0 - c high0; c high0 = low1 + 2^252 high1, and so on: 260, 133, 6 bits remain.
        Span<ulong> low0 = stackalloc ulong[Limbs];
        Span<ulong> low1 = stackalloc ulong[Limbs];
        Span<ulong> low2 = stackalloc ulong[Limbs];
        Span<ulong> high0 = stackalloc ulong[5];
        Span<ulong> high1 = stackalloc ulong[3];
        Span<ulong> high2 = stackalloc ulong[1];
        Span<ulong> folded0 = stackalloc ulong[7];
        Span<ulong> folded1 = stackalloc ulong[5];
        Span<ulong> folded2 = stackalloc ulong[Limbs];
        Split(wide, low0, high0);
        Multiply(high0, C, folded0);
        Split(folded0, low1, high1);
        Multiply(high1, C, folded1);
        Split(folded1, low2, high2);
        Multiply(high2, C, folded2[..3]);
        folded2[3] = 0;

        // low0 - low1 + low2 - folded2 lies between -2 L and 2 L.
        Span<ulong> twice = stackalloc ulong[Limbs];
        Order.CopyTo(twice);
        Add(twice, Order);
        Add(low0, low2);
        Add(low0, twice);
        Subtract(low0, low1);
        Subtract(low0, folded2);
        SubtractIfNotBelow(low0, twice);
        SubtractIfNotBelow(low0, Order);
        for (var i = 0; i < Limbs; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(result[(8 * i)..], low0[i]);
        }

        low0.Clear();
        low1.Clear();
        high0.Clear();
        folded0.Clear();
    }

    private static void Read(ReadOnlySpan<byte> bytes, Span<ulong> limbs)
    {
        for (var i = 0; i < limbs.Length; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
        }
    }

    // The 252 low bits, and what is above them.
    private static void Split(ReadOnlySpan<ulong> value, Span<ulong> low, Span<ulong> high)
    {
        value[..Limbs].CopyTo(low);
        low[3] &= (1UL << 60) - 1;
        for (var i = 0; i < high.Length; i++)
        {
            var next = i + Limbs < value.Length ? value[i + Limbs] << 4 : 0;
            high[i] = (value[i + 3] >> 60) | next;
        }
    }

    private static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        result.Clear();
        for (var i = 0; i < a.Length; i++)
        {
            ulong carry = 0;
            for (var j = 0; j < b.Length; j++)
            {
                var sum = ((UInt128)a[i] * b[j]) + result[i + j] + carry;
                result[i + j] = unchecked((ulong)sum);
                carry = (ulong)(sum >> 64);
            }

            result[i + b.Length] = carry;
        }
    }

    private static void Add(Span<ulong> target, ReadOnlySpan<ulong> value)
    {
        ulong carry = 0;
        for (var i = 0; i < target.Length; i++)
        {
            var sum = (UInt128)target[i] + value[i] + carry;
            target[i] = unchecked((ulong)sum);
            carry = (ulong)(sum >> 64);
        }
    }

    // Returns 1 if the result went below zero, else 0.
    private static ulong Subtract(Span<ulong> target, ReadOnlySpan<ulong> value)
    {
        unchecked
        {
            ulong borrow = 0;
            for (var i = 0; i < target.Length; i++)
            {
                var difference = (UInt128)target[i] - value[i] - borrow;
                target[i] = (ulong)difference;
                borrow = (ulong)(difference >> 64) & 1;
            }

            return borrow;
        }
    }

    private static void SubtractIfNotBelow(Span<ulong> target, ReadOnlySpan<ulong> value)
    {
        unchecked
        {
            Span<ulong> difference = stackalloc ulong[Limbs];
            target.CopyTo(difference);
            var keep = 0 - Subtract(difference, value);
            for (var i = 0; i < Limbs; i++)
            {
                target[i] = (target[i] & keep) | (difference[i] & ~keep);
            }

            difference.Clear();
        }
    }
}
