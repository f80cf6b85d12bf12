using Lace.Torch.Interop;

namespace Lace.Torch.optim;

/// <summary>Gradient descent with momentum, without dampening, as PyTorch has it.</summary>
public sealed class SGD : Optimizer
{
    private readonly Tensor[] momenta;

    public SGD(IReadOnlyList<Tensor> parameters)
        : base(parameters)
    {
        momenta = KeepZeros("momentum_buffer");
    }

    private protected override void Step(
        int slot,
        Tensor weight,
        Tensor gradient,
        long count,
        double scale,
        OptimizerParameters with
    ) => Check(Shim.lt_sgd(weight, gradient, momenta[slot], with.LearningRate, with.Momentum, with.WeightDecay, scale));
}
