using Lace.Torch;
using Lace.Torch.optim;

namespace Lace.Worker.Training;

internal static class Optimizers
{
    public static Optimizer Create(OptimizerKind kind, IReadOnlyList<Tensor> parameters) =>
        kind switch
        {
            OptimizerKind.AdamW => new AdamW(parameters),
            OptimizerKind.Adam => new Adam(parameters),
            OptimizerKind.Sgd => new SGD(parameters),
            OptimizerKind.Adafactor => new Adafactor(parameters),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No optimizer."),
        };
}
