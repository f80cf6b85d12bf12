using static Lace.Privacy.NearZero;

namespace Lace.Privacy;

/// <summary>
/// One step of DP-SGD as the accountants see it: each record enters the batch independently with probability
/// <see cref="SampleRate"/>, each record moves the sum by at most C, and Gaussian noise of standard deviation
/// <see cref="NoiseMultiplier"/> · C is added to the sum once (Mironov, Talwar, Zhang, arXiv 1908.10530).
/// </summary>
public sealed record SampledGaussian
{
    /// <summary>Below this a single sampled record is all but disclosed, and no number of ours would be of use.</summary>
    public const double LeastNoise = 0.05;

    public const double MostNoise = 1e4;

    /// <summary>One record in 10^12.</summary>
    public const double LeastRate = 1e-12;

    /// <exception cref="ArgumentOutOfRangeException">With the reason that <see cref="Refusal"/> gives.</exception>
    public SampledGaussian(double sampleRate, double noiseMultiplier)
    {
        if (Refusal(sampleRate, noiseMultiplier) is { } refusal)
        {
            throw new ArgumentOutOfRangeException(nameof(sampleRate), refusal);
        }

        SampleRate = sampleRate;
        NoiseMultiplier = noiseMultiplier;
    }

    /// <summary>q: the probability with which a record enters a batch, from <see cref="LeastRate"/> to 1.</summary>
    public double SampleRate { get; }

    /// <summary>σ: standard deviation of the noise over the clipping norm C.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>
    /// ln(1 − q + q·e^((2z−1)/2σ²)): how much likelier the outcome z is with a record (which moves it by 1) than without.
    /// </summary>
    internal double LogRatio(double outcome)
    {
        var exponent = ((2 * outcome) - 1) / (2 * NoiseMultiplier * NoiseMultiplier);
        if (SampleRate == 1)
        {
            return exponent;
        }

        if (exponent > 30)
        {
            return exponent + Math.Log(SampleRate) + Log1p((1 - SampleRate) / SampleRate * Math.Exp(-exponent));
        }

        var excess = SampleRate * Expm1(exponent);
        return excess > -0.5 ? Log1p(excess) : Math.Log(1 - SampleRate + (SampleRate * Math.Exp(exponent)));
    }

    /// <summary>The outcome of a <see cref="LogRatio"/>; −∞ for what is below all of its values.</summary>
    internal double Outcome(double logRatio)
    {
        var variance = NoiseMultiplier * NoiseMultiplier;
        if (SampleRate == 1)
        {
            return 0.5 + (variance * logRatio);
        }

        if (logRatio > 30)
        {
            return 0.5 + (variance * (logRatio - Math.Log(SampleRate) + Log1p((SampleRate - 1) * Math.Exp(-logRatio))));
        }

        var excess = Expm1(logRatio) / SampleRate;
        return excess > -1 ? 0.5 + (variance * Log1p(excess)) : double.NegativeInfinity;
    }

    /// <summary>Why no guarantee can be computed for these figures, as a sentence; null where one can.</summary>
    public static string? Refusal(double sampleRate, double noiseMultiplier) =>
        !(sampleRate is >= LeastRate and <= 1)
            ? $"The sample rate is {sampleRate}; it is the probability that a record enters a batch, from {LeastRate} to 1."
        : noiseMultiplier == 0 ? "The noise multiplier is 0; without noise there is no finite ε."
        : !(noiseMultiplier is >= LeastNoise and <= MostNoise)
            ? $"The noise multiplier is {noiseMultiplier}; ε is computed for {LeastNoise} to {MostNoise}."
        : null;
}
