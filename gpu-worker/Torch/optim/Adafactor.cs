using Lace.Torch.Interop;

namespace Lace.Torch.optim;

/// <summary>
/// Adafactor (arXiv 1804.04235) with the learning rate given: a matrix keeps one number a row and one a column. No first moment, no
/// relative steps.
/// </summary>
public sealed class Adafactor : Optimizer
{
    private readonly Tensor[] rows;
    private readonly Tensor?[] columns;

    public Adafactor(IReadOnlyList<Tensor> parameters)
        : base(parameters)
    {
        using var scope = torch.NewDisposeScope();
        rows = new Tensor[parameters.Count];
        columns = new Tensor?[parameters.Count];
        for (var slot = 0; slot < rows.Length; slot++)
        {
            var (shape, device) = (parameters[slot].shape, parameters[slot].device);
            if (shape.Length < 2)
            {
                rows[slot] = Keep($"exp_avg_sq.{slot}", torch.zeros(shape, ScalarType.Float32, device));
                continue;
            }

            rows[slot] = Keep($"exp_avg_sq_row.{slot}", torch.zeros(shape.AsSpan(..^1), ScalarType.Float32, device));
            columns[slot] = Keep(
                $"exp_avg_sq_col.{slot}",
                torch.zeros([.. shape.AsSpan(..^2), shape[^1]], ScalarType.Float32, device)
            );
        }
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
            Shim.lt_adafactor(
                weight,
                gradient,
                rows[slot],
                columns[slot],
                count,
                with.LearningRate,
                with.WeightDecay,
                scale
            )
        );
}
