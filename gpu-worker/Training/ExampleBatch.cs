namespace Lace.Worker.Training;

/// <summary>The examples of one call, as the caller sent them.</summary>
public sealed class ExampleBatch
{
    private ExampleBatch(IReadOnlyList<Example> examples) => Examples = examples;

    public IReadOnlyList<Example> Examples { get; }

    /// <summary>Rows of <c>input_ids</c>, <c>attention_mask</c> and <c>labels</c>, as the seeds' SDK and Hugging Face have them.</summary>
    /// <param name="attentionMask">Null: every token counts.</param>
    /// <param name="labels">Null: the tokens themselves. −100 where none counts.</param>
    public static ExampleBatch FromRows(int[][] inputIds, int[][]? attentionMask = null, int[][]? labels = null)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        if (attentionMask?.Length is { } masks && masks != inputIds.Length)
        {
            throw new TrainingRefusedException("attention_mask has another number of rows than input_ids.");
        }

        if (labels?.Length is { } rows && rows != inputIds.Length)
        {
            throw new TrainingRefusedException("labels has another number of rows than input_ids.");
        }

        return FromData([
            .. inputIds.Select((tokens, row) => Example.OfRow(tokens, attentionMask?[row], labels?[row])),
        ]);
    }

    /// <summary>Datums as Tinker has them: tokens, target tokens at the same positions, and what the loss needs.</summary>
    public static ExampleBatch FromData(IReadOnlyList<Example> examples) =>
        examples.Count is >= 1 and <= TrainingPlan.MostExamples
            ? new ExampleBatch(examples)
            : throw new TrainingRefusedException(
                $"A batch has 1 to {TrainingPlan.MostExamples} examples, this one {examples.Count}."
            );

    /// <summary>Why the model is not given this, as a sentence; null where it is.</summary>
    internal string? Refusal(LossFunction loss, int vocabulary, int longest) =>
        Examples.Select(example => example.Refusal(vocabulary, longest)).FirstOrDefault(refusal => refusal is not null)
            is { } refusal
            ? refusal
        : loss.ComparesPolicies && Examples.Any(example => example.Logprobs is null || example.Advantages is null)
            ? "This loss needs logprobs and advantages for every example."
        : null;
}
