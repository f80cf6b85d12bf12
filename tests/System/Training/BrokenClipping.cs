using Lace.Torch;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>Test double, wrong on purpose: the mean of a micro-batch is clipped in place of each record (the bug of the seeds' backend).</summary>
internal sealed class ClipsTheBatchAndNotTheRecord(IReadOnlyList<Tensor> parameters, double norm) : GradientSum
{
    private readonly PlainSum micro = new(parameters);
    private readonly PlainSum total = new(parameters);
    private int examples;

    public override GradientBook? Book => null;

    public override IReadOnlyList<Tensor> Sums => total.Sums;

    public override void Begin(int examples) => this.examples = examples;

    public override void Dispose()
    {
        micro.Dispose();
        total.Dispose();
    }

    protected override void AddGradient(Tensor loss)
    {
        micro.Clear();
        micro.Add(loss, examples);
        using var guard = torch.no_grad();
        var length = Tiny.Norm(Tiny.Flat(micro.Sums)) / examples;
        foreach (var (sum, part) in total.Sums.Zip(micro.Sums))
        {
            sum.add_(part, Math.Min(1, norm / length));
        }
    }

    protected override void ClearSums() => total.Clear();
}
