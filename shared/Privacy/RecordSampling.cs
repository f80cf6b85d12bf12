namespace Lace.Privacy;

/// <summary>How records get into batches.</summary>
public enum Sampler
{
    /// <summary>Each record independently, with the same probability, in each step. What the accountants were made for.</summary>
    Poisson,

    /// <summary>Batches cut from a shuffled order. Its guarantee is weaker (arXiv 2403.17673), and we compute none.</summary>
    Shuffled,

    /// <summary>Batches of fixed size drawn without replacement. Not covered.</summary>
    FixedSize,
}

/// <summary>Which datasets a guarantee makes hard to tell apart.</summary>
public enum NeighbourRelation
{
    /// <summary>One has a record more. The clipped sum then changes by at most C.</summary>
    AddOrRemoveOne,

    /// <summary>One record differs. The sum then changes by up to 2C, and the accountants here do not cover it.</summary>
    ReplaceOne,
}

/// <summary>What has to be known of the data beside rate and noise before an ε means something.</summary>
/// <param name="DatasetSize">Records of the dataset; a record is the unit of privacy.</param>
public sealed record RecordSampling(
    long DatasetSize,
    Sampler Sampler,
    NeighbourRelation Neighbours = NeighbourRelation.AddOrRemoveOne
)
{
    /// <summary>Why no ε is stated for such a training, as a sentence; null where it is covered.</summary>
    public string? NotCovered =>
        DatasetSize < 1 ? $"The dataset size is {DatasetSize}; without the number of records no ε is stated."
        : Sampler != Sampler.Poisson
            ? "Only Poisson sampling is covered: shuffled or fixed-size batches have a weaker guarantee than their rate suggests."
        : Neighbours != NeighbourRelation.AddOrRemoveOne
            ? "Only adding or removing one record is covered: replacing one moves the clipped sum by up to 2C, not C."
        : null;

    /// <summary>Why δ is too great for this dataset, as a sentence; null where it is not.</summary>
    /// <remarks>With δ ≥ 1/n, publishing one random record in the clear would pass for private.</remarks>
    public string? DeltaProblem(double delta) =>
        delta * DatasetSize < 1
            ? null
            : $"δ {delta} is not below 1/{DatasetSize}: publishing a random record in the clear would satisfy it.";
}
