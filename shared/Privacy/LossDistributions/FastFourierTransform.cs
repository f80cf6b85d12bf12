using System.Numerics;

namespace Lace.Privacy.LossDistributions;

/// <summary>Discrete Fourier transform whose spectrum stays in bit-reversed order, which is all that a product of spectra needs.</summary>
/// <remarks>
/// Our own, because MathNet's took most of the time of a query. Radix 2, decimation in frequency there and in time
/// back, with real and imaginary parts apart so that the inner loops work on whole vectors.
/// </remarks>
internal static class FastFourierTransform
{
    private static readonly Lazy<(double[] Cos, double[] Sin)>[] Roots =
    [
        .. Enumerable.Range(0, 24).Select(stage => new Lazy<(double[], double[])>(() => RootsOf(1 << stage))),
    ];

    private static readonly int Lanes = Vector<double>.Count;

    /// <param name="real">Real parts; their number is a power of two.</param>
    public static void Forward(double[] real, double[] imaginary)
    {
        for (var half = real.Length / 2; half >= 1; half /= 2)
        {
            var (cos, sin) = Roots[BitOperations.Log2((uint)half)].Value;
            for (var start = 0; start < real.Length; start += 2 * half)
            {
                for (var i = 0; i < half - Lanes + 1; i += Lanes)
                {
                    var (top, low) = (start + i, start + half + i);
                    var (ar, ai, br, bi) = (At(real, top), At(imaginary, top), At(real, low), At(imaginary, low));
                    var (x, y, c, s) = (ar - br, ai - bi, At(cos, i), At(sin, i));
                    (ar + br).CopyTo(real, top);
                    (ai + bi).CopyTo(imaginary, top);
                    ((x * c) + (y * s)).CopyTo(real, low);
                    ((y * c) - (x * s)).CopyTo(imaginary, low);
                }

                for (var i = 0; half < Lanes && i < half; i++)
                {
                    var (top, low) = (start + i, start + half + i);
                    var (x, y) = (real[top] - real[low], imaginary[top] - imaginary[low]);
                    (real[top], imaginary[top]) = (real[top] + real[low], imaginary[top] + imaginary[low]);
                    (real[low], imaginary[low]) = ((x * cos[i]) + (y * sin[i]), (y * cos[i]) - (x * sin[i]));
                }
            }
        }
    }

    /// <summary>The inverse of <see cref="Forward"/>, times the length.</summary>
    public static void Backward(double[] real, double[] imaginary)
    {
        for (var half = 1; half < real.Length; half *= 2)
        {
            var (cos, sin) = Roots[BitOperations.Log2((uint)half)].Value;
            for (var start = 0; start < real.Length; start += 2 * half)
            {
                for (var i = 0; i < half - Lanes + 1; i += Lanes)
                {
                    var (top, low) = (start + i, start + half + i);
                    var (ar, ai, br, bi) = (At(real, top), At(imaginary, top), At(real, low), At(imaginary, low));
                    var (c, s) = (At(cos, i), At(sin, i));
                    var (x, y) = ((br * c) - (bi * s), (bi * c) + (br * s));
                    (ar + x).CopyTo(real, top);
                    (ai + y).CopyTo(imaginary, top);
                    (ar - x).CopyTo(real, low);
                    (ai - y).CopyTo(imaginary, low);
                }

                for (var i = 0; half < Lanes && i < half; i++)
                {
                    var (top, low) = (start + i, start + half + i);
                    var x = (real[low] * cos[i]) - (imaginary[low] * sin[i]);
                    var y = (imaginary[low] * cos[i]) + (real[low] * sin[i]);
                    (real[top], real[low]) = (real[top] + x, real[top] - x);
                    (imaginary[top], imaginary[low]) = (imaginary[top] + y, imaginary[top] - y);
                }
            }
        }
    }

    private static Vector<double> At(double[] numbers, int index) => new(numbers, index);

    private static (double[] Cos, double[] Sin) RootsOf(int half) =>
        (
            [.. Enumerable.Range(0, half).Select(i => Math.Cos(Math.PI * i / half))],
            [.. Enumerable.Range(0, half).Select(i => Math.Sin(Math.PI * i / half))]
        );
}
