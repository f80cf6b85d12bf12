using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lace.Cryptography.Lattices;

/// <summary>The NTT on AVX2, eight coefficients at a time; number for number what <see cref="NumberTheoreticTransform"/> computes.</summary>
/// <remarks>
/// The five layers of distance 128 to 8 take whole vectors. For distances 4, 2 and 1 a pair of vectors is shuffled so that the
/// partners stand at the same place of the two, and shuffled back at the end. Constant time.
/// </remarks>
internal static class VectorTransform
{
    // For each pair of vectors (16 coefficients), the zetas of distance 4, 2 and 1 in the order of the shuffles.
    private static readonly Vector256<int>[] ForwardTail = ArrangeTail(static (first, group) => Zeta(first + group));
    private static readonly Vector256<int>[] InverseTail = ArrangeTail(
        static (first, group) => -Zeta((2 * first) - 1 - group)
    );

    public static void Forward(Span<int> polynomial)
    {
        var a = MemoryMarshal.Cast<int, Vector256<int>>(polynomial)[..32];
        var next = 1;
        for (var length = 16; length > 0; length /= 2)
        {
            for (var start = 0; start < a.Length; start += 2 * length)
            {
                var zeta = Vector256.Create(NumberTheoreticTransform.Zetas[next++]);
                for (var i = start; i < start + length; i++)
                {
                    var t = Multiply(a[i + length], zeta);
                    a[i + length] = a[i] - t;
                    a[i] += t;
                }
            }
        }

        for (var i = 0; i < a.Length; i += 2)
        {
            var zetas = ForwardTail.AsSpan(i / 2 * 3, 3);
            Halves(a[i], a[i + 1], out var x, out var y);
            ForwardButterfly(ref x, ref y, zetas[0]);
            Quarters(x, y, out x, out y);
            ForwardButterfly(ref x, ref y, zetas[1]);
            Interleave(x, y, out x, out y);
            ForwardButterfly(ref x, ref y, zetas[2]);
            InterleaveBack(x, y, out x, out y);
            Quarters(x, y, out x, out y);
            Halves(x, y, out x, out y);
            a[i] = x;
            a[i + 1] = y;
        }
    }

    public static void Inverse(Span<int> polynomial)
    {
        var a = MemoryMarshal.Cast<int, Vector256<int>>(polynomial)[..32];
        for (var i = 0; i < a.Length; i += 2)
        {
            var zetas = InverseTail.AsSpan(i / 2 * 3, 3);
            Halves(a[i], a[i + 1], out var x, out var y);
            Quarters(x, y, out x, out y);
            Interleave(x, y, out x, out y);
            InverseButterfly(ref x, ref y, zetas[2]);
            InterleaveBack(x, y, out x, out y);
            InverseButterfly(ref x, ref y, zetas[1]);
            Quarters(x, y, out x, out y);
            InverseButterfly(ref x, ref y, zetas[0]);
            Halves(x, y, out x, out y);
            a[i] = x;
            a[i + 1] = y;
        }

        var next = 31;
        for (var length = 1; length < a.Length; length *= 2)
        {
            for (var start = 0; start < a.Length; start += 2 * length)
            {
                var zeta = Vector256.Create(-Zeta(next--));
                for (var i = start; i < start + length; i++)
                {
                    InverseButterfly(ref a[i], ref a[i + length], zeta);
                }
            }
        }

        var factor = Vector256.Create(NumberTheoreticTransform.FinalFactor);
        foreach (ref var value in a)
        {
            value = Multiply(value, factor);
        }
    }

    public static void InnerProduct(Span<int> result, ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var results = MemoryMarshal.Cast<int, Vector256<int>>(result)[..32];
        var left = MemoryMarshal.Cast<int, Vector256<int>>(a);
        var right = MemoryMarshal.Cast<int, Vector256<int>>(b);
        for (var i = 0; i < results.Length; i++)
        {
            var even = Vector256<long>.Zero;
            var odd = Vector256<long>.Zero;
            for (var j = i; j < left.Length; j += results.Length)
            {
                even += Avx2.Multiply(left[j], right[j]);
                odd += Avx2.Multiply(Odd(left[j]), Odd(right[j]));
            }

            results[i] = MontgomeryReduce(even, odd);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardButterfly(ref Vector256<int> x, ref Vector256<int> y, Vector256<int> zeta)
    {
        var t = Multiply(y, zeta);
        y = x - t;
        x += t;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseButterfly(ref Vector256<int> x, ref Vector256<int> y, Vector256<int> zeta)
    {
        var difference = x - y;
        x += y;
        y = Multiply(difference, zeta);
    }

    // The Montgomery product of each pair of elements.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Multiply(Vector256<int> a, Vector256<int> b) =>
        MontgomeryReduce(Avx2.Multiply(a, b), Avx2.Multiply(Odd(a), Odd(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> MontgomeryReduce(Vector256<long> even, Vector256<long> odd)
    {
        var q = Vector256.Create(Ring.Q);
        var inverse = Vector256.Create(NumberTheoreticTransform.InverseOfQ);
        even -= Avx2.Multiply(Avx2.Multiply(even.AsInt32(), inverse).AsInt32(), q);
        odd -= Avx2.Multiply(Avx2.Multiply(odd.AsInt32(), inverse).AsInt32(), q);
        return Avx2.Blend((even >>> 32).AsInt32(), odd.AsInt32(), 0b10101010);
    }

    // Elements 1, 3, 5, 7 where the multiplication looks: at the even places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Odd(Vector256<int> a) => Avx2.Shuffle(a, 0b11_11_01_01);

    // a0-7, b0-7 to a0-3 b0-3, a4-7 b4-7, and back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<int> a, Vector256<int> b, out Vector256<int> x, out Vector256<int> y)
    {
        x = Avx2.Permute2x128(a, b, 0x20);
        y = Avx2.Permute2x128(a, b, 0x31);
    }

    // a0-3 b0-3, a4-7 b4-7 to a0 a1 a4 a5 b0 b1 b4 b5, a2 a3 a6 a7 b2 b3 b6 b7, and back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(Vector256<int> a, Vector256<int> b, out Vector256<int> x, out Vector256<int> y)
    {
        x = Avx2.UnpackLow(a.AsInt64(), b.AsInt64()).AsInt32();
        y = Avx2.UnpackHigh(a.AsInt64(), b.AsInt64()).AsInt32();
    }

    // From there to a0 a4 a2 a6 b0 b4 b2 b6, a1 a5 a3 a7 b1 b5 b3 b7.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(Vector256<int> a, Vector256<int> b, out Vector256<int> x, out Vector256<int> y)
    {
        x = Avx.Shuffle(a.AsSingle(), b.AsSingle(), 0b10_00_10_00).AsInt32();
        y = Avx.Shuffle(a.AsSingle(), b.AsSingle(), 0b11_01_11_01).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InterleaveBack(Vector256<int> a, Vector256<int> b, out Vector256<int> x, out Vector256<int> y)
    {
        x = Avx2.UnpackLow(a, b);
        y = Avx2.UnpackHigh(a, b);
    }

    private static int Zeta(int index) => NumberTheoreticTransform.Zetas[index];

    // zeta(first of the layer, group): a layer of distance d has 128 / d groups and so many zetas, from index 128 / d on.
    private static Vector256<int>[] ArrangeTail(Func<int, int, int> zeta)
    {
        var arranged = new Vector256<int>[16 * 3];
        for (var i = 0; i < 16; i++)
        {
            int Four(int n) => zeta(32, (2 * i) + n);
            int Two(int n) => zeta(64, (4 * i) + n);
            int One(int n) => zeta(128, (8 * i) + n);
            arranged[3 * i] = Vector256.Create(Vector128.Create(Four(0)), Vector128.Create(Four(1)));
            arranged[(3 * i) + 1] = Vector256.Create(Two(0), Two(0), Two(1), Two(1), Two(2), Two(2), Two(3), Two(3));
            arranged[(3 * i) + 2] = Vector256.Create(One(0), One(2), One(1), One(3), One(4), One(6), One(5), One(7));
        }

        return arranged;
    }
}
