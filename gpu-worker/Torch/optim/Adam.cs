using Lace.Torch.Interop;

namespace Lace.Torch.optim;

/// <summary>Adam (arXiv 1412.6980); weight decay is part of the gradient.</summary>
public class Adam : Optimizer
{
    private readonly bool decoupled;
    private readonly Tensor[] means;
    private readonly Tensor[] squares;

    public Adam(IReadOnlyList<Tensor> parameters)
        : this(parameters, decoupled: false) { }

    private protected Adam(IReadOnlyList<Tensor> parameters, bool decoupled)
        : base(parameters)
    {
        this.decoupled = decoupled;
        means = KeepZeros("exp_avg");
        squares = KeepZeros("exp_avg_sq");
    }

    private protected override void Step(
        int slot,
        Tensor weight,
        Tensor gradient,
        long count,
        double scale,
        OptimizerParameters with
    ) =>
        Check(
            Shim.lt_adam(
                weight,
                gradient,
                means[slot],
                squares[slot],
                count,
                with.LearningRate,
                with.Beta1,
                with.Beta2,
                with.Epsilon,
                with.WeightDecay,
                decoupled ? 1 : 0,
                scale
            )
        );
}

/// <summary>AdamW (arXiv 1711.05101); weight decay shrinks the weights by themselves.</summary>
public sealed class AdamW(IReadOnlyList<Tensor> parameters) : Adam(parameters, decoupled: true);
