using System.Numerics;

namespace Lace.Privacy.LossDistributions;

/// <summary>The sum of the losses of all steps, by its moments and, on a circle, by its distribution.</summary>
internal sealed class ComposedLosses((LossDistribution Loss, long Count)[] phases, double width)
{
    // ln of what may be lost beyond the window, under the tilted law.
    private const double LogLost = -35;
    private const double MachineEpsilon = 2.3e-16;

    public double Width => width;

    /// <summary>At most this is the probability that some step's loss is above its grid.</summary>
    public double Infinite => phases.Sum(phase => phase.Count * phase.Loss.Infinite);

    public double LogMoment(double lambda) => phases.Sum(phase => phase.Count * phase.Loss.LogMoment(lambda));

    /// <summary>
    /// By Chernoff, under the law tilted by λ the sum is above this but for a probability of e^<see cref="LogLost"/>;
    /// for a negative θ, the negated sum.
    /// </summary>
    public double Reach(double lambda, double theta, double logMomentAtLambda) =>
        (LogMoment(lambda + theta) - logMomentAtLambda - LogLost) / Math.Abs(theta);

    /// <summary>At most this much of δ is above <paramref name="high"/>, the reach of λ.</summary>
    public static double LogLostAbove(double lambda, double high, double logMoment) => LogLost + logMoment - (lambda * high);

    /// <summary>The tilted law of the sum, of which entry i holds the losses i, i ± size, …; and a bound on its rounding errors.</summary>
    public (double[] Tilted, double Rounding) Compose(double lambda, int size)
    {
        var (real, imaginary) = (new double[size], new double[size]);
        var (productReal, productImaginary) = (new double[size], new double[size]);
        Array.Fill(productReal, 1.0 / size);
        foreach (var (loss, count) in phases)
        {
            Array.Clear(real);
            Array.Clear(imaginary);
            loss.AddTilted(lambda, real);
            FastFourierTransform.Forward(real, imaginary);
            for (var k = 0; k < size; k++)
            {
                var factor = Power(real[k], imaginary[k], count);
                var product = factor * new Complex(productReal[k], productImaginary[k]);
                (productReal[k], productImaginary[k]) = (product.Real, product.Imaginary);
            }
        }

        // A power multiplies the relative error of a frequency; a transform adds its own.
        var sum = 0.0;
        for (var k = 0; k < size; k++)
        {
            sum += Math.Abs(productReal[k]) + Math.Abs(productImaginary[k]);
        }

        FastFourierTransform.Backward(productReal, productImaginary);
        return (productReal, MachineEpsilon * (phases.Sum(phase => phase.Count) + 64) * sum);
    }

    private static Complex Power(double real, double imaginary, long exponent)
    {
        var logSize = 0.5 * exponent * Math.Log((real * real) + (imaginary * imaginary));
        return logSize < -80 ? Complex.Zero : Complex.FromPolarCoordinates(Math.Exp(logSize), exponent * Math.Atan2(imaginary, real));
    }
}
