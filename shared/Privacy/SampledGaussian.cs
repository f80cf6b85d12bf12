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

    /// <summary>Why no guarantee can be computed for these figures, as a sentence; null where one can.</summary>
    public static string? Refusal(double sampleRate, double noiseMultiplier) =>
        !(sampleRate is >= LeastRate and <= 1)
            ? $"The sample rate is {sampleRate}; it is the probability that a record enters a batch, from {LeastRate} to 1."
        : noiseMultiplier == 0 ? "The noise multiplier is 0; without noise there is no finite ε."
        : !(noiseMultiplier is >= LeastNoise and <= MostNoise)
            ? $"The noise multiplier is {noiseMultiplier}; ε is computed for {LeastNoise} to {MostNoise}."
        : null;
}
