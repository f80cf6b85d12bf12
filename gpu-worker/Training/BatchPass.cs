using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.Worker.Training;

/// <summary>Takes examples through the model in micro-batches, and adds up what they cost.</summary>
internal sealed class BatchPass(CausalModel model, TrainingPlan plan, LossFunction loss)
{
    /// <summary>Weighted sum over positions, of the examples whose figures are finite.</summary>
    public double LossSum { get; private set; }

    /// <summary>Sum of the sizes of their weights.</summary>
    public double Weight { get; private set; }

    /// <summary>Positions that count.</summary>
    public long Tokens { get; private set; }

    /// <summary>Of the targets, one row an example.</summary>
    public float[][] Logprobs { get; private set; } = [];

    /// <summary>Mean over the positions that count; null where none does.</summary>
    public double? Loss => Weight > 0 ? LossSum / Weight : null;

    /// <summary>Without gradients.</summary>
    public void Evaluate(IReadOnlyList<Example> examples)
    {
        using var guard = no_grad();
        ForEach(
            examples,
            (batch, rows) => Read(batch, rows, LogprobsOf(model.Forward(batch.Tokens, null, null), batch))
        );
    }

    /// <summary>Adds the gradients of the examples' losses to a sum.</summary>
    /// <param name="dropout">Made anew for each pass.</param>
    public void Accumulate(IReadOnlyList<Example> examples, GradientSum sum, Func<Generator> dropout) =>
        ForEach(
            examples,
            (batch, rows) =>
            {
                sum.Begin(batch.Rows);
                using var generator = dropout();
                var logprobs = LogprobsOf(model.Forward(batch.Tokens, null, sum.Book, generator), batch);

                // The sum of the examples' own losses: what an example weighs does not depend on what came with it.
                var total = (loss.OfPositions(logprobs, batch) * batch.Weights).sum();
                sum.Add(total, rows.Length);
                sum.Passes++;
                Read(batch, rows, logprobs);
            }
        );

    private void ForEach(IReadOnlyList<Example> examples, Action<MicroBatch, int[]> pass)
    {
        Logprobs = [.. examples.Select(example => new float[example.Tokens.Length])];
        foreach (var (rows, shape) in MicroBatches(examples))
        {
            using var scope = NewDisposeScope();
            var together = rows.Select(row => examples[row]).ToArray();
            pass(MicroBatch.Of(together, shape, plan.Normalization, loss.ComparesPolicies, model.Device), rows);
        }
    }

    /// <summary>
    /// Those of one length together, as padding costs time. An example of which nothing counts has the gradient 0 and is left out.
    /// </summary>
    /// <remarks>
    /// How products are rounded depends on the shape of all that is multiplied together. In float32 that is 1e-7 of a gradient, in bfloat16
    /// 1e-2, so that a record more would show in what others add. There, under privacy, the shape depends on a record's own
    /// length alone: always as many rows, and lengths in steps.
    /// </remarks>
    private IEnumerable<(int[] Rows, (int Rows, int Length) Shape)> MicroBatches(IReadOnlyList<Example> examples)
    {
        var counted = Enumerable.Range(0, examples.Count).Where(row => examples[row].Counted > 0);
        if (plan.Privacy is not null && model.Type == ScalarType.BFloat16)
        {
            return counted
                .GroupBy(row => StepOf(examples[row].Tokens.Length))
                .OrderByDescending(group => group.Key)
                .SelectMany(group => group.Chunk(plan.MicroBatch).Select(rows => (rows, (plan.MicroBatch, group.Key))));
        }

        return counted
            .OrderByDescending(row => examples[row].Tokens.Length)
            .Chunk(plan.MicroBatch)
            .Select(rows => (rows, (rows.Length, rows.Max(row => examples[row].Tokens.Length))));
    }

    // 8, 12, 16, 24, 32, 48, …: at most half more than is needed.
    private int StepOf(int length)
    {
        var step = 8;
        while (step < length)
        {
            step += (step & (step - 1)) == 0 ? step / 2 : step / 3;
        }

        return Math.Min(step, plan.MaxSequenceLength);
    }

    // In float32 whatever the model computes in: a sum over a vocabulary needs it.
    private static Tensor LogprobsOf(Tensor logits, MicroBatch batch)
    {
        var flat = logits.to(ScalarType.Float32).reshape(-1, logits.size(-1));
        var negative = F.cross_entropy(
            flat,
            batch.Targets.reshape(-1),
            reduction: Reduction.None,
            ignore_index: Example.Ignored
        );
        return -negative.reshape(batch.Rows, batch.Length);
    }

    private void Read(MicroBatch batch, int[] rows, Tensor logprobs)
    {
        using var guard = no_grad();
        var costs = loss.OfPositions(logprobs, batch).ToArray<float>();
        var values = logprobs.ToArray<float>();
        for (var i = 0; i < rows.Length; i++)
        {
            var (example, start) = (batch.Examples[i], i * batch.Length);
            values.AsSpan(start, example.Tokens.Length).CopyTo(Logprobs[rows[i]]);
            Add(example, costs.AsSpan(start, example.Tokens.Length));
        }
    }

    private void Add(Example example, ReadOnlySpan<float> costs)
    {
        var (sum, weight) = (0.0, 0.0);
        for (var at = 0; at < costs.Length; at++)
        {
            if (example.Weight(at) is var own && own != 0)
            {
                sum += (double)own * costs[at];
                weight += Math.Abs(own);
            }
        }

        Tokens += example.Counted;
        if (double.IsFinite(sum))
        {
            (LossSum, Weight) = (LossSum + sum, Weight + weight);
        }
    }
}
