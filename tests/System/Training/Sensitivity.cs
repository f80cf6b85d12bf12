using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>
/// Record and replay: the sum of a logical step as it is before noise, with and without each record, through micro-batches and over several
/// calls (as arXiv 2602.17454 audits libraries).
/// </summary>
internal sealed class Sensitivity : IDisposable
{
    private readonly CausalModel model;
    private readonly TrainingSession session;

    /// <param name="sums">Null: the plan's own.</param>
    public Sensitivity(
        string kind,
        TrainingPlan plan,
        Func<IReadOnlyList<Tensor>, GradientSum>? sums = null,
        ScalarType type = ScalarType.Float32
    )
    {
        model = Tiny.Model(kind, type);
        using var key = Tiny.Key();
        session = sums is null ? TrainingSession.Open(plan, model, key) : TrainingSession.Open(plan, model, key, sums);

        // A fresh adapter has B = 0, and so no gradient in A: a few steps first.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            session.ForwardBackward(ExampleBatch.FromData(Tiny.Examples(9)), LossFunction.CrossEntropy);
            session.OptimStep(plan.Parameters with { LearningRate = 0.05 });
        }
    }

    /// <summary>The greatest change that leaving out one record makes, of all records.</summary>
    public double Greatest(Example[] records) =>
        Enumerable.Range(0, records.Length).Max(left => Tiny.Distance(SumOf(records), SumOf(records, without: left)));

    /// <summary>Without noise.</summary>
    public float[] SumOf(Example[] records, int without = -1)
    {
        session.Accumulated.Clear();
        var kept = records.Where((_, record) => record != without).ToArray();

        // Two calls of unequal size, each of several micro-batches; dropout is off, so that the same record does the same.
        foreach (
            var part in new[] { kept[..(kept.Length / 3)], kept[(kept.Length / 3)..] }.Where(part => part.Length > 0)
        )
        {
            session.ForwardBackward(ExampleBatch.FromData(part), LossFunction.CrossEntropy);
        }

        var sum = Tiny.Flat(session.Accumulated.Sums);
        session.Accumulated.Clear();
        return sum;
    }

    public void Dispose()
    {
        session.Dispose();
        model.Dispose();
    }
}
