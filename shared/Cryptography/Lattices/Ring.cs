using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Cryptography.Lattices;

/// <summary>Coefficient-wise operations in Z_q[X]/(X^256 + 1) with q = 8380417, over one polynomial or a vector of them.</summary>
/// <remarks>
/// A polynomial is 256 consecutive numbers; a vector of k is 256 k. Constant time: no branch or index depends on a coefficient.
/// Vectors of eight numbers, which .NET splits where the machine has narrower ones.
/// </remarks>
internal static class Ring
{
    public const int N = 256;
    public const int Q = 8380417;

    /// <summary>Polynomial <paramref name="index"/> of a vector.</summary>
    public static Span<int> Polynomial(this Span<int> vector, int index) => vector.Slice(index * N, N);

    /// <inheritdoc cref="Polynomial(Span{int}, int)"/>
    public static ReadOnlySpan<int> Polynomial(this ReadOnlySpan<int> vector, int index) => vector.Slice(index * N, N);

    public static void Add(Span<int> target, ReadOnlySpan<int> value)
    {
        var a = Vectors(target);
        var b = Vectors(value);
        for (var i = 0; i < a.Length; i++)
        {
            a[i] += b[i];
        }
    }

    public static void Subtract(Span<int> target, ReadOnlySpan<int> value)
    {
        var a = Vectors(target);
        var b = Vectors(value);
        for (var i = 0; i < a.Length; i++)
        {
            a[i] -= b[i];
        }
    }

    /// <summary>To a representative of at most 6283008 in magnitude; any value below 2^31 - 2^22.</summary>
    public static void Reduce(Span<int> target)
    {
        var half = Vector256.Create(1 << 22);
        var q = Vector256.Create(Q);
        foreach (ref var a in Vectors(target))
        {
            a -= ((a + half) >> 23) * q;
        }
    }

    /// <summary>From (-q, q) to [0, q).</summary>
    public static void ToNonNegative(Span<int> target)
    {
        var q = Vector256.Create(Q);
        foreach (ref var a in Vectors(target))
        {
            a += (a >> 31) & q;
        }
    }

    /// <summary>Whether a coefficient reaches the bound in magnitude. Takes what <see cref="Reduce"/> gives; a bound of at most (q - 1) / 8.</summary>
    /// <remarks>Looks at all coefficients. That one was too large may be known; which sign it had may not.</remarks>
    public static bool NormReaches(ReadOnlySpan<int> polynomial, int bound)
    {
        var limit = Vector256.Create(bound - 1);
        var found = Vector256<int>.Zero;
        foreach (var a in Vectors(polynomial))
        {
            found |= limit - Vector256.Abs(a);
        }

        return (found >> 31) != Vector256<int>.Zero;
    }

    /// <summary>Power2Round: t = high 2^13 + low for t in [0, q).</summary>
    public static void SplitPowerOfTwo(Span<int> valueToLow, Span<int> high)
    {
        var rounding = Vector256.Create((1 << (MlDsaParameters.DroppedBits - 1)) - 1);
        var low = Vectors(valueToLow);
        var highs = Vectors(high);
        for (var i = 0; i < low.Length; i++)
        {
            highs[i] = (low[i] + rounding) >> MlDsaParameters.DroppedBits;
            low[i] -= highs[i] << MlDsaParameters.DroppedBits;
        }
    }

    /// <summary>Decompose: w = high 2 gamma2 + low for w in [0, q), low in (-gamma2, gamma2], with q - 1 belonging to high 0.</summary>
    public static void Decompose(Span<int> valueToLow, Span<int> high, int highParts)
    {
        // ceil(w / 128) is multiplied by 2^s / (2 gamma2 / 128), rounded; exact for all w below q.
        var (factor, shift) = highParts == 16 ? (1025, 22) : (11275, 24);
        var step = Vector256.Create((Q - 1) / highParts);
        var last = Vector256.Create(highParts - 1);
        var rounding = Vector256.Create(1 << (shift - 1));
        var halfOfQ = Vector256.Create((Q - 1) / 2);
        var q = Vector256.Create(Q);
        var low = Vectors(valueToLow);
        var highs = Vectors(high);
        for (var i = 0; i < low.Length; i++)
        {
            var part = ((((low[i] + Vector256.Create(127)) >> 7) * factor) + rounding) >> shift;
            part &= ~((last - part) >> 31);
            var rest = low[i] - (part * step);
            rest -= ((halfOfQ - rest) >> 31) & q;
            highs[i] = part;
            low[i] = rest;
        }
    }

    /// <summary>
    /// MakeHint: ones where adding <paramref name="low"/>, which has left its range, changes the high part; returns how many.
    /// </summary>
    /// <remarks>Takes LowBits(w) - c s2 + c t0 and HighBits(w): equal to the standard's form once |LowBits(w) - c s2| has passed its test.</remarks>
    public static int MakeHint(ReadOnlySpan<int> low, ReadOnlySpan<int> high, Span<int> hint, int gamma2)
    {
        var limit = Vector256.Create(gamma2);
        var count = Vector256<int>.Zero;
        var lows = Vectors(low);
        var highs = Vectors(high);
        var hints = Vectors(hint);
        for (var i = 0; i < hints.Length; i++)
        {
            var outside = Vector256.GreaterThan(lows[i], limit) | Vector256.LessThan(lows[i], -limit);
            var edge = Vector256.Equals(lows[i], -limit) & ~Vector256.Equals(highs[i], Vector256<int>.Zero);
            hints[i] = (outside | edge) & Vector256<int>.One;
            count += hints[i];
        }

        return Vector256.Sum(count);
    }

    /// <summary>UseHint: the high part of w, one step up or down where the hint says so. w in [0, q) becomes the result.</summary>
    public static void UseHint(Span<int> value, ReadOnlySpan<int> hint, int highParts)
    {
        Span<int> high = stackalloc int[N];
        for (var start = 0; start < value.Length; start += N)
        {
            var low = value.Slice(start, N);
            Decompose(low, high, highParts);
            var lows = Vectors(low);
            var highs = Vectors(high);
            var hints = Vectors(hint.Slice(start, N));
            var last = Vector256.Create(highParts - 1);
            for (var i = 0; i < lows.Length; i++)
            {
                var up = Vector256.GreaterThan(lows[i], Vector256<int>.Zero);
                var step = Vector256.ConditionalSelect(up, hints[i], -hints[i]);
                var moved = highs[i] + step;
                moved = Vector256.ConditionalSelect(Vector256.LessThan(moved, Vector256<int>.Zero), last, moved);
                lows[i] = Vector256.ConditionalSelect(Vector256.GreaterThan(moved, last), Vector256<int>.Zero, moved);
            }
        }
    }

    /// <summary>t1 2^13.</summary>
    public static void ShiftUp(Span<int> target)
    {
        foreach (ref var a in Vectors(target))
        {
            a <<= MlDsaParameters.DroppedBits;
        }
    }

    /// <summary>a - x for a constant a: from the stored form of a centred coefficient to the coefficient, and back.</summary>
    public static void SubtractFrom(int constant, Span<int> target)
    {
        var minuend = Vector256.Create(constant);
        foreach (ref var a in Vectors(target))
        {
            a = minuend - a;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<Vector256<int>> Vectors(Span<int> values) => MemoryMarshal.Cast<int, Vector256<int>>(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<Vector256<int>> Vectors(ReadOnlySpan<int> values) =>
        MemoryMarshal.Cast<int, Vector256<int>>(values);
}
