using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;

namespace Lace.Functions.Train.Rules;

/// <summary>What must hold of the operations that carry no batch. Each answers the first rule broken, or null.</summary>
internal static class OperationRules
{
    public const int MaxSteps = 1000;
    public const int MaxPrompts = 64;
    public const int MaxPromptLength = 65_536;
    public const int MaxStopSequences = 16;

    /// <summary>Of all samples of a request together.</summary>
    public const long MaxSampledTokens = 1 << 18;

    public static Problem? Check(OptimStep step, bool isPrivate) =>
        isPrivate && !step.ApplyDpNoise
            ? Field.Refuse(
                "apply_dp_noise",
                "this training is private, and a step without noise would not be: leave it out, or make a training client without dp_config."
            )
            : Check(
                step.LearningRate,
                step.Beta1,
                step.Beta2,
                step.Eps,
                step.WeightDecay,
                step.GradClipNorm,
                isPrivate
            );

    public static Problem? Check(TrainStep step, bool isPrivate) =>
        Field.InRange("steps", step.Steps, 1, MaxSteps)
        ?? Check(step.LearningRate, step.Beta1, step.Beta2, step.Eps, step.WeightDecay, step.GradClipNorm, isPrivate);

    public static Problem? Check(Sample sample)
    {
        var prompts = sample.Prompts;
        if (Field.InRange("prompts", prompts.Count, 1, MaxPrompts) is { } refusal)
        {
            return refusal;
        }

        if (prompts.Any(prompt => prompt is not { Length: <= MaxPromptLength }))
        {
            return Field.Refuse("prompts", $"each is a text of at most {MaxPromptLength:N0} characters.");
        }

        return Field.InRange("max_tokens", sample.MaxTokens, 1, 4096)
            ?? Field.InRange("temperature", sample.Temperature, 0, 2)
            ?? Field.Above("top_p", sample.TopP, 0, 1)
            ?? Field.InRange("top_k", sample.TopK, -1, 1_000_000)
            ?? CheckStops(sample.StopSequences)
            ?? Field.InRange("num_samples", sample.NumSamples, 1, 16)
            ?? Field.Seed(sample.Seed)
            ?? CheckTotal((long)prompts.Count * sample.NumSamples * sample.MaxTokens);
    }

    public static Problem? Check(SaveState save) =>
        (save.Name is { } name ? Field.Length("name", name, 1, 100) : null) ?? Field.Metadata(save.Metadata);

    private static Problem? CheckStops(IReadOnlyList<string>? stops) =>
        stops is null || (stops.Count <= MaxStopSequences && stops.All(stop => stop is { Length: > 0 and <= 200 }))
            ? null
            : Field.Refuse("stop_sequences", $"at most {MaxStopSequences}, each 1 to 200 characters.");

    private static Problem? CheckTotal(long tokens) =>
        tokens <= MaxSampledTokens
            ? null
            : Field.Refuse(
                "max_tokens",
                $"prompts times num_samples times max_tokens is {tokens:N0}; a request samples at most {MaxSampledTokens:N0} tokens."
            );

    private static Problem? Check(
        double? learningRate,
        double? beta1,
        double? beta2,
        double? eps,
        double? weightDecay,
        double? gradClipNorm,
        bool isPrivate
    ) =>
        (learningRate is { } rate ? Field.InRange("learning_rate", rate, 0, 100) : null)
        ?? (beta1 is { } first ? Field.Below("beta1", first, 0, 1) : null)
        ?? (beta2 is { } second ? Field.Below("beta2", second, 0, 1) : null)
        ?? (eps is { } epsilon ? Field.Above("eps", epsilon, 0, 1) : null)
        ?? (weightDecay is { } decay ? Field.InRange("weight_decay", decay, 0, 100) : null)
        ?? (gradClipNorm is { } norm ? Field.InRange("grad_clip_norm", norm, 0, 1e6) : null)
        ?? (
            isPrivate && gradClipNorm > 0
                ? Field.Refuse(
                    "grad_clip_norm",
                    "clips the whole gradient; a private training clips each record's by dp_config.max_grad_norm. Leave it out."
                )
                : null
        );
}
