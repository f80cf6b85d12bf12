using static Lace.Privacy.NearZero;

namespace Lace.Privacy.Renyi;

/// <summary>Rényi divergence of one step with a record from the step without it, for any order above 1.</summary>
/// <remarks>
/// With ℓ = ln(1 − q + q·e^((2z−1)/2σ²)) it is ln E[e^(αℓ)] / (α − 1) over z ~ N(0, σ²) (arXiv 1908.10530, section 3). The known
/// series cancel for small q or fractional α, so we integrate instead: E[e^(αℓ)] − 1 = E[e^(αℓ) − 1 − α(e^ℓ − 1)], because E[e^ℓ] = 1,
/// and the right integrand is nowhere negative. It is analytic in the strip |Im z| &lt; πσ² and falls off like a Gaussian: the
/// trapezoidal rule over the whole line then has an error of about e^(−2π²σ²/h).
/// </remarks>
internal static class SampledGaussianDivergence
{
    // Beyond ten standard deviations the integrand is below e^-50 of its largest value.
    private const double Deviations = 10;

    public static double Of(SampledGaussian step, double order)
    {
        var sigma = step.NoiseMultiplier;
        var variance = sigma * sigma;
        if (step.SampleRate == 1)
        {
            return order / (2 * variance);
        }

        var width = Math.Min(sigma, variance) / 2;
        var first = -Deviations * sigma;
        var nodes = (long)Math.Ceiling((order + (2 * Deviations * sigma)) / width);
        var sum = new LogSum();
        for (var i = 0L; i <= nodes; i++)
        {
            var z = first + (i * width);
            sum.Add(LogExcess(step.LogRatio(z), order) - (z * z / (2 * variance)));
        }

        var logExcess = sum.Value + Math.Log(width / (sigma * Math.Sqrt(2 * Math.PI)));
        var logMoment = logExcess > 30 ? logExcess : Log1p(Math.Exp(logExcess));
        return logMoment / (order - 1);
    }

    /// <summary>ln(e^(αℓ) − 1 − α(e^ℓ − 1)): of a number that is never negative, by the form that does not cancel.</summary>
    private static double LogExcess(double l, double order)
    {
        var p = order * l;
        if (p > 30)
        {
            return p + Log1p(((order - 1) * Math.Exp(-p)) - (order * Math.Exp(l - p)));
        }

        if (Math.Abs(p) > 1)
        {
            return Math.Log(Expm1(p) - (order * Expm1(l)));
        }

        // Σ_{k≥2} (α^k − α)·ℓ^k / k!
        var (power, linear, sum) = (p, p, 0.0);
        for (var k = 2; k <= 20; k++)
        {
            power *= p / k;
            linear *= l / k;
            sum += power - linear;
        }

        return Math.Log(sum);
    }
}
