using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>The stored requests (docs/private-training.md): the bodies of the API without their place. The API checked them; members that only it needs are ignored here.</summary>
internal sealed record ForwardRequest(
    TokenRows? Batch = null,
    IReadOnlyList<DatumRequest>? Data = null,
    string LossFn = "cross_entropy",
    IReadOnlyDictionary<string, double>? LossFnConfig = null
)
{
    public ExampleBatch ToBatch() =>
        Batch is { } rows
            ? ExampleBatch.FromRows(rows.InputIds, rows.AttentionMask, rows.Labels)
            : ExampleBatch.FromData([.. (Data ?? []).Select(datum => datum.ToExample())]);

    /// <summary>An empty batch is a batch under Poisson sampling; it has nothing to compute.</summary>
    [JsonIgnore]
    public bool IsEmpty => Batch is null && Data is null or { Count: 0 };
}

internal sealed record TokenRows(int[][] InputIds, int[][]? AttentionMask = null, int[][]? Labels = null);

internal sealed record DatumRequest(ModelInputRequest ModelInput, LossInputsRequest LossFnInputs)
{
    public Example ToExample() =>
        new(
            [.. ModelInput.Chunks.SelectMany(chunk => chunk.Tokens)],
            LossFnInputs.TargetTokens.Data,
            LossFnInputs.Weights?.Data,
            LossFnInputs.Logprobs?.Data,
            LossFnInputs.Advantages?.Data
        );
}

internal sealed record ModelInputRequest(IReadOnlyList<ChunkRequest> Chunks);

internal sealed record ChunkRequest(int[] Tokens);

internal sealed record LossInputsRequest(
    Integers TargetTokens,
    Floats? Weights = null,
    Floats? Logprobs = null,
    Floats? Advantages = null
);

internal sealed record Integers(int[] Data);

internal sealed record Floats(float[] Data);

/// <summary>Of optim_step and train_step. What is absent is as the training client was made with.</summary>
internal sealed record StepRequest(
    int Steps = 1,
    double? LearningRate = null,
    double? Beta1 = null,
    double? Beta2 = null,
    double? Eps = null,
    double? WeightDecay = null,
    double? GradClipNorm = null
);

internal sealed record SampleRequest(
    IReadOnlyList<string> Prompts,
    int MaxTokens = 128,
    double Temperature = 0.7,
    double TopP = 0.9,
    int TopK = 50,
    IReadOnlyList<string>? StopSequences = null,
    int NumSamples = 1,
    long? Seed = null,
    bool Logprobs = false,
    bool PromptLogprobs = false
);

internal sealed record SaveRequest(
    string? Name = null,
    bool IncludeOptimizer = true,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null
);

internal sealed record LoadRequest(string ArtifactId, bool IncludeOptimizer = true);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ForwardRequest))]
[JsonSerializable(typeof(StepRequest))]
[JsonSerializable(typeof(SampleRequest))]
[JsonSerializable(typeof(SaveRequest))]
[JsonSerializable(typeof(LoadRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
