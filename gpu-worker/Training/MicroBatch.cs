using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Training;

/// <summary>How a record's loss is made of its positions.</summary>
public enum LossNormalization
{
    /// <summary>Their weighted mean: every record counts the same. What the seeds' batches mean.</summary>
    RecordMean,

    /// <summary>Their weighted sum, as Tinker has it: every token counts the same.</summary>
    TokenSum,
}

/// <summary>
/// Examples that go through the model together: a matter of memory alone, so nothing of it may show in a gradient. Padded at the end,
/// where causal attention sees nothing of it, with weight 0; no figure of one example enters another's loss.
/// </summary>
internal sealed class MicroBatch
{
    private MicroBatch(IReadOnlyList<Example> examples, (int Rows, int Length) shape)
    {
        Examples = examples;
        (Rows, Length) = shape;
    }

    public IReadOnlyList<Example> Examples { get; }

    /// <summary>B: at least the examples; the rows after theirs are padding.</summary>
    public int Rows { get; }

    /// <summary>T: at least the tokens of the longest.</summary>
    public int Length { get; }

    /// <summary>[B, T], int64.</summary>
    public Tensor Tokens { get; private init; } = null!;

    /// <summary>[B, T], int64, <see cref="Example.Ignored"/> where none counts.</summary>
    public Tensor Targets { get; private init; } = null!;

    /// <summary>[B, T], float32: the position's weight, over the sum of the record's own weights where its mean is meant.</summary>
    public Tensor Weights { get; private init; } = null!;

    public Tensor? Logprobs { get; private init; }

    public Tensor? Advantages { get; private init; }

    /// <summary>Its tensors belong to the innermost scope.</summary>
    public static MicroBatch Of(
        IReadOnlyList<Example> examples,
        (int Rows, int Length) shape,
        LossNormalization normalization,
        bool comparesPolicies,
        Device device
    ) =>
        new(examples, shape)
        {
            Tokens = Padded(examples, shape, (example, at) => (long)example.Tokens[at], 0L, device),
            Targets = Padded(examples, shape, (example, at) => (long)example.Targets[at], Example.Ignored, device),
            Weights = Scaled(examples, shape, normalization, device),
            Logprobs = comparesPolicies
                ? Padded(examples, shape, (example, at) => Counted(example, example.Logprobs!, at), 0f, device)
                : null,
            Advantages = comparesPolicies
                ? Padded(examples, shape, (example, at) => Counted(example, example.Advantages!, at), 0f, device)
                : null,
        };

    // What stands where nothing counts is anything, and 0 times infinity would be no number.
    private static float Counted(Example example, float[] values, int at) => example.Weight(at) == 0 ? 0 : values[at];

    private static Tensor Scaled(
        IReadOnlyList<Example> examples,
        (int Rows, int Length) shape,
        LossNormalization normalization,
        Device device
    )
    {
        var weights = new float[shape.Rows * shape.Length];
        for (var row = 0; row < examples.Count; row++)
        {
            var example = examples[row];
            var own = weights.AsSpan(row * shape.Length, example.Tokens.Length);
            for (var at = 0; at < own.Length; at++)
            {
                own[at] = example.Weight(at);
            }

            // Weights may be negative (what not to say); a sum of them could be anything, that of their sizes is not.
            if (normalization == LossNormalization.RecordMean && SumOfSizes(own) is > 0 and var sum)
            {
                foreach (ref var weight in own)
                {
                    weight = (float)(weight / sum);
                }
            }
        }

        return tensor<float>(weights, [shape.Rows, shape.Length], device);
    }

    private static double SumOfSizes(ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var weight in weights)
        {
            sum += Math.Abs(weight);
        }

        return sum;
    }

    private static Tensor Padded<T>(
        IReadOnlyList<Example> examples,
        (int Rows, int Length) shape,
        Func<Example, int, T> at,
        T padding,
        Device device
    )
        where T : unmanaged
    {
        var values = new T[shape.Rows * shape.Length];
        Array.Fill(values, padding);
        for (var row = 0; row < examples.Count; row++)
        {
            for (var position = 0; position < examples[row].Tokens.Length; position++)
            {
                values[(row * shape.Length) + position] = at(examples[row], position);
            }
        }

        return tensor<T>(values, [shape.Rows, shape.Length], device);
    }
}
