using Lace.Torch;

namespace Lace.Worker.Training;

internal static class Optimizers
{
    public static Optimizer Create(OptimizerKind kind, IReadOnlyList<Tensor> parameters) => new();
}
