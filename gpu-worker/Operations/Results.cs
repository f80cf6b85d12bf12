using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Worker.Operations;

/// <summary>The results as the API answers them. What is null is withheld or was not asked for.</summary>
/// <param name="OutsideGuarantee">Members that are exact in spite of differential privacy.</param>
internal sealed record ForwardResult(
    double? Loss,
    double? LossSum,
    double? GradNorm,
    long TokensProcessed,
    int Examples,
    IReadOnlyList<LossOutput>? LossFnOutputs,
    IReadOnlyList<string>? OutsideGuarantee
);

/// <summary>Of one example: the log-probabilities of its targets.</summary>
internal sealed record LossOutput(float?[] Logprobs);

/// <param name="Skipped">The gradient was not finite and was dropped.</param>
internal sealed record StepResult(
    long Step,
    double LearningRate,
    double? GradNorm,
    bool Skipped,
    StepMetrics? DpMetrics
);

/// <summary>ε by RDP, which bounds every accountant's; the exact figures of both are at dp_metrics.</summary>
internal sealed record StepMetrics(
    bool NoiseApplied,
    double EpsilonSpent,
    double TotalEpsilon,
    double Delta,
    long NumSteps,
    string Accountant = "rdp"
);

/// <param name="Steps">How many this operation made.</param>
/// <param name="Losses">One a step; null where withheld or the batch was empty.</param>
/// <param name="Details">One a step: gradient norm and, where told, records and tokens.</param>
internal sealed record TrainResult(
    long Step,
    int Steps,
    double LearningRate,
    double? Loss,
    IReadOnlyList<double?> Losses,
    long? TokensProcessed,
    IReadOnlyList<TrainedStep> Details,
    StepMetrics? DpMetrics,
    IReadOnlyList<string>? OutsideGuarantee
);

internal sealed record TrainedStep(
    long Step,
    double? Loss,
    double? GradNorm,
    bool Skipped,
    IReadOnlyList<int>? Records,
    long? Tokens
);

internal sealed record SampleResult(IReadOnlyList<Sampled> Samples, long ModelStep, SamplingEcho SamplingConfig);

/// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
internal sealed record Sampled(
    string Prompt,
    string Completion,
    int TokensGenerated,
    string FinishReason,
    IReadOnlyList<int> Tokens,
    IReadOnlyList<float?>? Logprobs,
    IReadOnlyList<float?>? PromptLogprobs
);

internal sealed record SamplingEcho(
    int MaxTokens,
    double Temperature,
    double TopP,
    int TopK,
    IReadOnlyList<string> StopSequences,
    int NumSamples,
    long Seed
);

internal sealed record SaveResult(
    string ArtifactId,
    string ArtifactType,
    string? Name,
    long SizeBytes,
    ArtifactEncryption Encryption,
    string ContentHash,
    IReadOnlyDictionary<string, JsonElement> Metadata,
    DateTimeOffset CreatedAt,
    long Step,
    bool IncludesOptimizer,
    bool Certificate,
    StepMetrics? DpMetrics
);

internal sealed record ArtifactEncryption(string Algorithm, string KeyId);

internal sealed record LoadResult(string TrainingClientId, string LoadedArtifactId, long Step, string Status = "ready");

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ForwardResult))]
[JsonSerializable(typeof(StepResult))]
[JsonSerializable(typeof(TrainResult))]
[JsonSerializable(typeof(SampleResult))]
[JsonSerializable(typeof(SaveResult))]
[JsonSerializable(typeof(LoadResult))]
internal sealed partial class ResultJson : JsonSerializerContext;
