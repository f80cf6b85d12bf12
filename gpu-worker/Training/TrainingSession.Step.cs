using Lace.Torch;
using Lace.Torch.optim;
using static Lace.Torch.torch;

namespace Lace.Worker.Training;

/// <content>The end of a logical step, and what of it is told.</content>
public sealed partial class TrainingSession
{
    private const string LossMember = "loss";
    private const string LossSumMember = "loss_sum";

    /// <summary>Noise once on the sum, then the division by the public batch size, then the optimizer: in this order (dp.md §2.9).</summary>
    private OptimStepResult Finish(OptimizerParameters parameters)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        if (plan.Privacy is { } privacy)
        {
            AddNoise(privacy.NoiseStandardDeviation);
        }

        var gradients = sum.Sums;
        foreach (var gradient in gradients)
        {
            gradient.div_(Divisor);
        }

        var norm = Norm(gradients);
        var finite = double.IsFinite(norm);
        if (finite)
        {
            optimizer.step(gradients, parameters);
            Step++;
        }

        Position++;
        sum.Clear();
        return new(Step, parameters.LearningRate, finite ? norm : null, plan.Privacy is not null, Skipped: !finite);
    }

    private void AddNoise(double standardDeviation)
    {
        for (var slot = 0; slot < sum.Sums.Count; slot++)
        {
            SecureNoise.add_(sum.Sums[slot], standardDeviation, noiseKey, (ulong)Position, (uint)slot);
        }
    }

    /// <summary>Public under privacy: the expected size of a batch, never the one it had.</summary>
    private double Divisor =>
        plan.Privacy is not null ? plan.Sampling!.ExpectedBatch
        : plan.Normalization == LossNormalization.RecordMean ? Math.Max(sum.Examples, 1)
        : 1;

    private ForwardBackwardResult Disclosed(ExampleBatch batch, BatchPass pass, bool forwardOnly)
    {
        var isPrivate = plan.Privacy is not null;
        var withheld = isPrivate && !forwardOnly;
        var tellsLoss = !withheld || plan.Privacy!.DisclosesLosses;
        return new(
            tellsLoss ? pass.Loss : null,
            tellsLoss ? pass.LossSum : null,
            batch.Examples.Count,
            pass.Tokens,
            isPrivate || forwardOnly ? null : Finite(Norm(sum.Sums)),
            withheld ? null : pass.Logprobs,
            !isPrivate || !tellsLoss ? []
                : forwardOnly ? [LossMember, LossSumMember, "logprobs"]
                : [LossMember, LossSumMember]
        );
    }

    private TrainStepResult Disclosed(int[] records, BatchPass pass, OptimStepResult step)
    {
        var (losses, batches) = plan.Privacy is { } privacy
            ? (privacy.DisclosesLosses, privacy.DisclosesRecords)
            : (true, true);
        string[] outside = plan.Privacy is null
            ? []
            : [.. losses ? [LossMember] : (string[])[], .. batches ? ["records", "tokens"] : (string[])[]];
        return new(step, losses ? pass.Loss : null, batches ? records : null, batches ? pass.Tokens : null, outside);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static double Norm(IReadOnlyList<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return Math.Sqrt(tensors.Sum(tensor => Math.Pow(tensor.norm(2).ToSingle(), 2)));
    }
}
