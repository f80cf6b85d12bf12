namespace Lace.Torch.optim;

/// <summary>What a step is taken with; each step may have its own. An optimizer reads those that it knows.</summary>
public sealed record OptimizerParameters
{
    public double LearningRate { get; init; } = 1e-4;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; }

    /// <summary>Of SGD.</summary>
    public double Momentum { get; init; }

    /// <summary>What all gradients together are scaled down to where their norm is larger; 0: never. Without privacy only, whose noise is calibrated to the sum as it is.</summary>
    public double GradClipNorm { get; init; }
}
