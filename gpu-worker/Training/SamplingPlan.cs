using Lace.Privacy;

namespace Lace.Worker.Training;

/// <summary>How records get into the batches of a training.</summary>
/// <param name="DatasetSize">N: records of the dataset.</param>
/// <param name="SampleRate">q: the probability with which each enters a batch.</param>
public sealed record SamplingPlan(long DatasetSize, double SampleRate, Sampler Sampler = Sampler.Poisson)
{
    /// <summary>q·N. It is public, and a private step is divided by it: the real size of a batch tells of single records.</summary>
    public double ExpectedBatch => SampleRate * DatasetSize;

    internal RecordSampling Covered => new(DatasetSize, Sampler);

    internal string? Refusal =>
        DatasetSize < 1 ? $"The dataset size is {DatasetSize}; a dataset has at least one record."
        : !(SampleRate is >= SampledGaussian.LeastRate and <= 1)
            ? $"The sample rate is {SampleRate}; it is the probability that a record enters a batch, from {SampledGaussian.LeastRate} to 1."
        : Sampler != Sampler.Poisson ? "Batches are drawn by Poisson sampling; no other sampler is offered."
        : null;
}
