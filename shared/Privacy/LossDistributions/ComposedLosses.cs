using System.Numerics;

namespace Lace.Privacy.LossDistributions;

/// <summary>The sum of the losses of all steps, by its moments and, on a circle, by its distribution.</summary>
internal sealed class ComposedLosses((LossDistribution Loss, long Count)[] phases, double width)
{
    private const double MachineEpsilon = 2.3e-16;

    public double Width => width;

    /// <summary>At most this is the probability that some step's loss is above its grid.</summary>
    public double Infinite => phases.Sum(phase => phase.Count * phase.Loss.Infinite);

    public double LogMoment(double lambda) => phases.Sum(phase => phase.Count * phase.Loss.LogMoment(lambda));

    /// <summary>By Chernoff, the sum is above this with at most the probability whose logarithm is given. Any θ &gt; 0 holds.</summary>
    public double Above(double theta, double logProbability) => (LogMoment(theta) - logProbability) / theta;

    /// <summary>By Chernoff, the sum tilted by λ is above this with at most the probability whose logarithm is given.</summary>
    public double Above(double theta, double lambda, double logProbability) =>
        (LogMoment(lambda + theta) - LogMoment(lambda) - logProbability) / theta;

    /// <summary>By Chernoff, the sum tilted by λ is below this with at most the probability whose logarithm is given.</summary>
    public double Below(double theta, double lambda, double logProbability) =>
        (LogMoment(lambda) - LogMoment(lambda - theta) + logProbability) / theta;

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
        return logSize < -80
            ? Complex.Zero
            : Complex.FromPolarCoordinates(Math.Exp(logSize), exponent * Math.Atan2(imaginary, real));
    }
}
