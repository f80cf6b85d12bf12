namespace Lace.Worker.Training;

/// <summary>One record as the model sees it: the unit of privacy, never several packed together, never part of one.</summary>
/// <param name="Tokens">What goes in.</param>
/// <param name="Targets">For each position the token that should come out; <see cref="Ignored"/> where none counts.</param>
/// <param name="Weights">How much each position's loss counts; null for 1.</param>
/// <param name="Logprobs">Log-probabilities of the targets when they were sampled; for importance_sampling and ppo.</param>
/// <param name="Advantages">For importance_sampling and ppo.</param>
public sealed record Example(
    int[] Tokens,
    int[] Targets,
    float[]? Weights = null,
    float[]? Logprobs = null,
    float[]? Advantages = null
)
{
    /// <summary>A target that does not count; what Hugging Face labels use.</summary>
    public const int Ignored = -100;

    /// <summary>A text: each token is to be told from those before it.</summary>
    public static Example Causal(ReadOnlySpan<int> tokens) =>
        tokens.Length < 2 ? new([], []) : new(tokens[..^1].ToArray(), tokens[1..].ToArray());

    /// <summary>
    /// A row of <c>input_ids</c>, <c>attention_mask</c> and <c>labels</c> as Hugging Face has them: labels stand at the token
    /// itself and are moved by one here. Padding on either side is taken off.
    /// </summary>
    /// <exception cref="TrainingRefusedException">The lengths differ, or the mask has a hole.</exception>
    public static Example OfRow(int[] inputIds, int[]? attentionMask, int[]? labels)
    {
        var (start, end) = Unmasked(inputIds, attentionMask);
        if (labels is not null && labels.Length != inputIds.Length)
        {
            throw new TrainingRefusedException("labels have another length than input_ids.");
        }

        var tokens = inputIds.AsSpan(start, end - start);
        return tokens.Length < 2
            ? new([], [])
            : new(tokens[..^1].ToArray(), (labels ?? inputIds).AsSpan(start + 1, tokens.Length - 1).ToArray());
    }

    /// <summary>How much the loss at a position counts.</summary>
    internal float Weight(int position) =>
        Targets[position] == Ignored ? 0
        : Weights is null ? 1
        : Weights[position];

    /// <summary>Positions whose loss counts.</summary>
    internal int Counted => Enumerable.Range(0, Targets.Length).Count(position => Weight(position) != 0);

    /// <summary>Why this is no example for the model, as a sentence; null where it is one.</summary>
    internal string? Refusal(int vocabulary, int longest) =>
        Tokens.Length > longest
            ? $"An example has {Tokens.Length} tokens; at most {longest} are trained on (max_seq_length)."
        : Targets.Length != Tokens.Length || Differs(Weights) || Differs(Logprobs) || Differs(Advantages)
            ? "The inputs of the loss have another length than the tokens."
        : Tokens.Any(token => token < 0 || token >= vocabulary) ? $"A token is outside the vocabulary of {vocabulary}."
        : Targets.Any(target => target != Ignored && (target < 0 || target >= vocabulary))
            ? $"A target is outside the vocabulary of {vocabulary}."
        : null;

    private bool Differs(float[]? values) => values is not null && values.Length != Tokens.Length;

    private static (int Start, int End) Unmasked(int[] inputIds, int[]? mask)
    {
        if (mask is null)
        {
            return (0, inputIds.Length);
        }

        if (mask.Length != inputIds.Length)
        {
            throw new TrainingRefusedException("attention_mask has another length than input_ids.");
        }

        var start = Array.FindIndex(mask, seen => seen != 0);
        var end = Array.FindLastIndex(mask, seen => seen != 0) + 1;
        return start < 0 ? (0, 0)
            : mask.AsSpan(start, end - start).Contains(0)
                ? throw new TrainingRefusedException(
                    "attention_mask has a hole: only padding on either side is left out."
                )
            : (start, end);
    }
}
