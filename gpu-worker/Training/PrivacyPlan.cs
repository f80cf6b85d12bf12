using Lace.Privacy;

namespace Lace.Worker.Training;

/// <summary>How a record's gradient is bounded. The names are those of the training API, in lower case.</summary>
public enum ClippingKind
{
    /// <summary>AUTO-S (arXiv 2206.07136): every gradient is scaled to just below the clipping norm; no threshold to tune.</summary>
    Automatic,

    /// <summary>Only longer ones are scaled, all layers together (Abadi et al., arXiv 1607.00133).</summary>
    Flat,

    /// <summary>As flat, each layer by itself to C/√layers.</summary>
    PerLayer,
}

/// <summary>Differential privacy of one training: what clips, what is added, and what the accountant is told, in one place.</summary>
/// <remarks>
/// The unit of privacy is one record of the dataset, the neighbour relation is adding or removing one. Both, and the sampling, are those
/// that the accountants of Lace.Privacy cover.
/// </remarks>
public sealed record PrivacyPlan
{
    /// <summary>σ: standard deviation of the noise over <see cref="ClippingNorm"/>.</summary>
    public required double NoiseMultiplier { get; init; }

    /// <summary>C: the most by which one record moves the sum of a step.</summary>
    public double ClippingNorm { get; init; } = 1;

    public ClippingKind Clipping { get; init; } = ClippingKind.Automatic;

    /// <summary>δ: below one over the number of records.</summary>
    public required double Delta { get; init; }

    /// <summary>Whether a step's loss leaves the worker. It is exact, so it is outside the guarantee (docs/private-training.md).</summary>
    public bool DisclosesLosses { get; init; } = true;

    /// <summary>
    /// Whether the records of a step leave the worker, for a run log. Who sees them has the sampling's protection no more: off by default.
    /// </summary>
    public bool DisclosesRecords { get; init; }

    /// <summary>Of the noise on the sum of clipped gradients: σ·C.</summary>
    public double NoiseStandardDeviation => NoiseMultiplier * ClippingNorm;

    /// <summary>Why no training is private by this plan, as a sentence; null where one is.</summary>
    internal string? Refusal(SamplingPlan? sampling) =>
        sampling is null
            ? "Private training needs the number of records and the sample rate: without them ε means nothing. Give dataset_size and sample_rate."
        : sampling.Covered.NotCovered is { } notCovered ? notCovered
        : SampledGaussian.Refusal(sampling.SampleRate, NoiseMultiplier) is { } noise ? noise
        : AccountantExtensions.DeltaRefusal(Delta) is { } delta ? delta
        : sampling.Covered.DeltaProblem(Delta) is { } tooGreat ? tooGreat
        : !(ClippingNorm is >= 1e-6 and <= 1e6) ? $"The clipping norm is {ClippingNorm}; it is from 1e-6 to 1e6."
        : !Enum.IsDefined(Clipping) ? "The clipping is automatic, flat or per_layer."
        : null;
}
