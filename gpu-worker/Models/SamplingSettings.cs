namespace Lace.Worker.Models;

/// <summary>How a model continues a text.</summary>
public sealed record SamplingSettings
{
    public int MaxTokens { get; init; } = 128;

    /// <summary>0 takes the likeliest token always.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the likeliest tokens that together have this probability.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only that many of the likeliest tokens; 0: all.</summary>
    public int TopK { get; init; }

    /// <summary>A text ends before any of them.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>The same seed gives the same tokens, on the same machine and with the same settings.</summary>
    public long Seed { get; init; }

    /// <summary>How many continuations, each drawn by itself.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Also how likely the prompt's own tokens were.</summary>
    public bool PromptLogprobs { get; init; }

    /// <exception cref="ArgumentException">A number that cannot be.</exception>
    internal void Check()
    {
        Refuse(MaxTokens < 1, $"max_tokens is {MaxTokens}: at least 1");
        Refuse(Samples is < 1 or > 128, $"num_samples is {Samples}: 1 to 128");
        Refuse(Temperature is not (>= 0 and <= 100), $"temperature is {Temperature}: 0 to 100");
        Refuse(TopP is not (> 0 and <= 1), $"top_p is {TopP}: above 0, at most 1");
        Refuse(TopK < 0, $"top_k is {TopK}: 0 or more");
        Refuse(Stop.Any(text => text.Length == 0), "a stop sequence is empty");
    }

    private static void Refuse(bool isWrong, string message)
    {
        if (isWrong)
        {
            throw new ArgumentException(message + ".");
        }
    }
}

public enum FinishReason
{
    /// <summary>The model's token for an end, or a stop sequence.</summary>
    Stop,

    /// <summary>As many tokens as were asked for, or as the model has positions for.</summary>
    Length,
}

/// <param name="Tokens">All that were drawn, with those of the stop sequence or the end.</param>
/// <param name="Logprobs">
/// Of each, the natural logarithm of its probability by the model itself: at temperature 1, before <c>top_k</c> and <c>top_p</c>.
/// </param>
/// <param name="Text">Without special tokens, up to the stop sequence.</param>
public sealed record Continuation(
    IReadOnlyList<int> Tokens,
    IReadOnlyList<float> Logprobs,
    string Text,
    FinishReason FinishReason
);

/// <param name="PromptLogprobs">One a token of the prompt, null for the first, which nothing predicts; null where not asked for.</param>
public sealed record SamplingResult(IReadOnlyList<Continuation> Continuations, IReadOnlyList<float?>? PromptLogprobs);
