using Lace.Torch;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>The plan's own sum, of which a copy is kept after each micro-batch: what a step had before its noise.</summary>
internal sealed class RecordedSum(GradientSum inner) : GradientSum
{
    public float[] Recorded { get; private set; } = [];

    public override GradientBook? Book => inner.Book;

    public override IReadOnlyList<Tensor> Sums => inner.Sums;

    public override void Begin(int examples) => inner.Begin(examples);

    public override void Dispose() => inner.Dispose();

    protected override void AddGradient(Tensor loss)
    {
        inner.Add(loss, 0);
        Recorded = Tiny.Flat(inner.Sums);
    }

    protected override void ClearSums() => inner.Clear();
}
