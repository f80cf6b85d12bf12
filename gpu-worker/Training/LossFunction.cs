using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Training;

/// <summary>What a position costs. A record's loss is made of its own positions alone, whatever else is in the batch.</summary>
public abstract record LossFunction
{
    /// <summary>−ln p(target), times the position's weight.</summary>
    public static LossFunction CrossEntropy { get; } = new CrossEntropyLoss();

    /// <summary>−(p/p₀)·advantage, with p₀ the probability when the target was sampled.</summary>
    public static LossFunction ImportanceSampling { get; } = new ImportanceSamplingLoss();

    /// <summary>−min(r·advantage, clamp(r, low, high)·advantage), r = p/p₀ (Schulman et al., arXiv 1707.06347).</summary>
    public static LossFunction Ppo(double clipLow = 0.8, double clipHigh = 1.2) => new PpoLoss(clipLow, clipHigh);

    /// <summary>The names of the training API.</summary>
    /// <param name="config">For ppo <c>clip_low_threshold</c> and <c>clip_high_threshold</c>, bounds of the ratio.</param>
    /// <exception cref="TrainingRefusedException">There is no such loss, or it has no such setting.</exception>
    public static LossFunction Parse(string name, IReadOnlyDictionary<string, double>? config = null)
    {
        config ??= new Dictionary<string, double>(StringComparer.Ordinal);
        string[] known = name == "ppo" ? ["clip_low_threshold", "clip_high_threshold"] : [];
        if (config.Keys.FirstOrDefault(key => !known.Contains(key)) is { } unknown)
        {
            throw new TrainingRefusedException($"The loss '{name}' has no setting '{unknown}'.");
        }

        return name switch
        {
            "cross_entropy" => CrossEntropy,
            "importance_sampling" => ImportanceSampling,
            "ppo" => Bounded(
                config.GetValueOrDefault("clip_low_threshold", 0.8),
                config.GetValueOrDefault("clip_high_threshold", 1.2)
            ),
            _ => throw new TrainingRefusedException(
                $"There is no loss '{name}': cross_entropy, importance_sampling or ppo."
            ),
        };
    }

    /// <summary>Whether examples need logprobs and advantages.</summary>
    internal abstract bool ComparesPolicies { get; }

    /// <param name="logprobs">Of the targets, float32 of shape [B, T]; 0 where none counts.</param>
    /// <returns>[B, T], not yet weighted.</returns>
    internal abstract Tensor OfPositions(Tensor logprobs, MicroBatch batch);

    private static PpoLoss Bounded(double low, double high) =>
        low is >= 0 and <= 1 && high is >= 1 and <= 1e6
            ? new PpoLoss(low, high)
            : throw new TrainingRefusedException(
                $"The ratio of ppo is held between {low} and {high}: the lower bound is from 0 to 1, the upper at least 1."
            );

    private sealed record CrossEntropyLoss : LossFunction
    {
        internal override bool ComparesPolicies => false;

        internal override Tensor OfPositions(Tensor logprobs, MicroBatch batch) => -logprobs;
    }

    private sealed record ImportanceSamplingLoss : LossFunction
    {
        internal override bool ComparesPolicies => true;

        internal override Tensor OfPositions(Tensor logprobs, MicroBatch batch) =>
            -((logprobs - batch.Logprobs!).exp() * batch.Advantages!);
    }

    private sealed record PpoLoss(double Low, double High) : LossFunction
    {
        internal override bool ComparesPolicies => true;

        internal override Tensor OfPositions(Tensor logprobs, MicroBatch batch)
        {
            var ratio = (logprobs - batch.Logprobs!).exp();
            var held = ratio.clamp_min(Low).clamp_max(High);
            return -minimum(ratio * batch.Advantages!, held * batch.Advantages!);
        }
    }
}
