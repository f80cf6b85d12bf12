using System.Runtime.Intrinsics.X86;

namespace Lace.Cryptography.Lattices;

/// <summary>The NTT of FIPS 204, section 7.5, and products in its domain; numbers in Montgomery form with R = 2^32.</summary>
/// <remarks>
/// Constant time: additions and multiplications at fixed places. With AVX2 the work is done by <see cref="VectorTransform"/>,
/// which gives the same numbers; the methods named Scalar are its twin and the fallback.
/// Bounds: <see cref="Forward"/> takes |a| &lt; q and gives |a| &lt; 9 q; <see cref="Inverse"/> takes and gives |a| &lt; q, times R.
/// Unchecked: Montgomery reduction wraps on purpose.
/// </remarks>
internal static class NumberTheoreticTransform
{
    public const int InverseOfQ = 58728449;

    /// <summary>R^2 / 256 modulo q: undoes the factor of the inverse transform and puts R in.</summary>
    public const int FinalFactor = 41978;

    /// <summary>Powers 1753^bitreverse8(i) of the root of unity, times R, centred.</summary>
    public static readonly int[] Zetas = ComputeZetas();

    public static void Forward(Span<int> polynomials)
    {
        for (var start = 0; start < polynomials.Length; start += Ring.N)
        {
            var polynomial = polynomials.Slice(start, Ring.N);
            if (Avx2.IsSupported)
            {
                VectorTransform.Forward(polynomial);
            }
            else
            {
                ForwardScalar(polynomial);
            }
        }
    }

    public static void Inverse(Span<int> polynomials)
    {
        for (var start = 0; start < polynomials.Length; start += Ring.N)
        {
            var polynomial = polynomials.Slice(start, Ring.N);
            if (Avx2.IsSupported)
            {
                VectorTransform.Inverse(polynomial);
            }
            else
            {
                InverseScalar(polynomial);
            }
        }
    }

    /// <summary>Sum of the products of two vectors in the NTT domain, divided by R: a row of the matrix times a vector.</summary>
    public static void InnerProduct(Span<int> result, ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (Avx2.IsSupported)
        {
            VectorTransform.InnerProduct(result, a, b);
        }
        else
        {
            InnerProductScalar(result, a, b);
        }
    }

    internal static void ForwardScalar(Span<int> a)
    {
        unchecked
        {
            var next = 1;
            for (var length = 128; length > 0; length /= 2)
            {
                for (var start = 0; start < Ring.N; start += 2 * length)
                {
                    long zeta = Zetas[next++];
                    for (var i = start; i < start + length; i++)
                    {
                        var t = MontgomeryReduce(zeta * a[i + length]);
                        a[i + length] = a[i] - t;
                        a[i] += t;
                    }
                }
            }
        }
    }

    internal static void InverseScalar(Span<int> a)
    {
        unchecked
        {
            var next = 255;
            for (var length = 1; length < Ring.N; length *= 2)
            {
                for (var start = 0; start < Ring.N; start += 2 * length)
                {
                    long zeta = -Zetas[next--];
                    for (var i = start; i < start + length; i++)
                    {
                        var t = a[i];
                        a[i] = t + a[i + length];
                        a[i + length] = MontgomeryReduce(zeta * (t - a[i + length]));
                    }
                }
            }

            foreach (ref var value in a)
            {
                value = MontgomeryReduce((long)FinalFactor * value);
            }
        }
    }

    internal static void InnerProductScalar(Span<int> result, ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        unchecked
        {
            for (var i = 0; i < Ring.N; i++)
            {
                // At most seven products below 9 q^2: below R q, which the reduction takes.
                long sum = 0;
                for (var j = i; j < a.Length; j += Ring.N)
                {
                    sum += (long)a[j] * b[j];
                }

                result[i] = MontgomeryReduce(sum);
            }
        }
    }

    /// <summary>x / R modulo q, below q in magnitude, for |x| below R q / 2.</summary>
    internal static int MontgomeryReduce(long x)
    {
        unchecked
        {
            var t = (int)x * InverseOfQ;
            return (int)((x - ((long)t * Ring.Q)) >> 32);
        }
    }

    private static int[] ComputeZetas()
    {
        var zetas = new int[Ring.N];
        var powers = new int[Ring.N];
        long power = (1L << 32) % Ring.Q;
        for (var i = 0; i < powers.Length; i++)
        {
            powers[i] = (int)(power > Ring.Q / 2 ? power - Ring.Q : power);
            power = power * 1753 % Ring.Q;
        }

        for (var i = 0; i < zetas.Length; i++)
        {
            var reversed = 0;
            for (var bit = 0; bit < 8; bit++)
            {
                reversed |= ((i >> bit) & 1) << (7 - bit);
            }

            zetas[i] = powers[reversed];
        }

        return zetas;
    }
}
