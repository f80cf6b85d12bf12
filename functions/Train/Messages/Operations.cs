using System.Text.Json;

namespace Lace.Functions.Train.Messages;

/// <summary>A batch to compute gradients of, or only its losses. Exactly one of <c>batch</c> and <c>data</c>.</summary>
/// <param name="SeqId">Place in the client's order, from 1 on; absent: the next. The same body again under one place is the same operation.</param>
/// <param name="Batch">Rows of a causal language model, as TenSafe sends them.</param>
/// <param name="Data">Examples with inputs of the loss function, as Tinker sends them. 1 to 1,024, empty only under differential privacy.</param>
/// <param name="LossFn"><c>cross_entropy</c>, <c>importance_sampling</c> or <c>ppo</c>.</param>
/// <param name="LossFnConfig">For <c>ppo</c>: <c>clip_low_threshold</c> and <c>clip_high_threshold</c>, 0.8 and 1.2 if absent.</param>
/// <param name="BatchHash"><c>sha256:</c> and the hash of <c>batch</c> in canonical JSON (RFC 8785); refused where it is another.</param>
internal sealed record ForwardBackward(
    long? SeqId = null,
    TokenBatch? Batch = null,
    IReadOnlyList<Datum>? Data = null,
    string LossFn = "cross_entropy",
    IReadOnlyDictionary<string, double>? LossFnConfig = null,
    string? BatchHash = null
);

/// <param name="InputIds">One row of token ids an example; rows need not be of one length.</param>
/// <param name="AttentionMask">Rows of the same lengths: 1 for a token, 0 for padding on either side. Absent: all tokens.</param>
/// <param name="Labels">Rows of the same lengths: as Transformers has them: what is to be told at each place from the tokens before it, -100 for places without a loss. Absent: the input.</param>
internal sealed record TokenBatch(
    IReadOnlyList<IReadOnlyList<int>> InputIds,
    IReadOnlyList<IReadOnlyList<int>>? AttentionMask = null,
    IReadOnlyList<IReadOnlyList<int>>? Labels = null
);

/// <summary>One example of Tinker's.</summary>
internal sealed record Datum(ModelInput ModelInput, LossInputs LossFnInputs);

/// <param name="Chunks">Pieces of encoded text; they are joined.</param>
internal sealed record ModelInput(IReadOnlyList<TokenChunk> Chunks);

/// <param name="Type"><c>encoded_text</c>.</param>
internal sealed record TokenChunk(IReadOnlyList<int> Tokens, string Type = "encoded_text");

/// <summary>Inputs of the loss function, each one value a token of the example.</summary>
/// <param name="TargetTokens">What is to be told at each place from the tokens up to it: already moved by one. -100 for places without a loss.</param>
/// <param name="Weights">For <c>cross_entropy</c>: the factor of each place's loss; 1 if absent.</param>
/// <param name="Logprobs">For <c>importance_sampling</c> and <c>ppo</c>: under the policy that sampled.</param>
/// <param name="Advantages">For <c>importance_sampling</c> and <c>ppo</c>.</param>
internal sealed record LossInputs(
    IntegerTensor TargetTokens,
    FloatTensor? Weights = null,
    FloatTensor? Logprobs = null,
    FloatTensor? Advantages = null
);

/// <param name="Dtype"><c>int64</c>.</param>
/// <param name="Shape">One number, the length; need not be given.</param>
internal sealed record IntegerTensor(
    IReadOnlyList<int> Data,
    string Dtype = "int64",
    IReadOnlyList<long>? Shape = null
);

/// <param name="Dtype"><c>float32</c>.</param>
/// <param name="Shape">One number, the length; need not be given.</param>
internal sealed record FloatTensor(
    IReadOnlyList<float> Data,
    string Dtype = "float32",
    IReadOnlyList<long>? Shape = null
);

/// <summary>One optimizer step over what was accumulated. What is absent is as the training client was made with.</summary>
/// <param name="ApplyDpNoise">True, or absent: a step without its noise would not be private.</param>
/// <param name="LearningRate">From 0 to 100.</param>
/// <param name="Beta1">From 0, below 1.</param>
/// <param name="Beta2">From 0, below 1.</param>
/// <param name="Eps">Above 0, at most 1.</param>
/// <param name="WeightDecay">From 0 to 100.</param>
/// <param name="GradClipNorm">Norm of the whole gradient, 0 for no limit; not under differential privacy, which clips each record.</param>
internal sealed record OptimStep(
    long? SeqId = null,
    bool ApplyDpNoise = true,
    double? LearningRate = null,
    double? Beta1 = null,
    double? Beta2 = null,
    double? Eps = null,
    double? WeightDecay = null,
    double? GradClipNorm = null
);

/// <summary>Steps on the registered dataset, each with a batch that the worker draws itself.</summary>
/// <param name="Steps">1 to 1,000.</param>
internal sealed record TrainStep(
    long? SeqId = null,
    int Steps = 1,
    double? LearningRate = null,
    double? Beta1 = null,
    double? Beta2 = null,
    double? Eps = null,
    double? WeightDecay = null,
    double? GradClipNorm = null
);

/// <summary>Text from the model as it is trained so far.</summary>
/// <param name="Prompts">1 to 64, each at most 65,536 characters.</param>
/// <param name="MaxTokens">1 to 4,096 new tokens a sample.</param>
/// <param name="Temperature">0 (always the likeliest token) to 2.</param>
/// <param name="TopP">Above 0, at most 1.</param>
/// <param name="TopK">Only the so many likeliest tokens, 1 to 1,000,000; 0 or -1 for all.</param>
/// <param name="StopSequences">At most 16, each 1 to 200 characters.</param>
/// <param name="NumSamples">Of each prompt, 1 to 16.</param>
/// <param name="Seed">0 to 2^53 - 1; drawn if absent.</param>
/// <param name="Logprobs">Whether to give the log-probability of each new token.</param>
/// <param name="PromptLogprobs">And of each token of the prompt.</param>
internal sealed record Sample(
    IReadOnlyList<string> Prompts,
    long? SeqId = null,
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

/// <summary>A sealed, signed artifact of the state.</summary>
/// <param name="Name">At most 100 characters, for lists.</param>
/// <param name="IncludeOptimizer">Whether training can go on from it as if it had not stopped.</param>
/// <param name="Metadata">The caller's own, at most 16 KiB of JSON.</param>
internal sealed record SaveState(
    string? Name = null,
    long? SeqId = null,
    bool IncludeOptimizer = true,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null
);

/// <param name="ArtifactId">Of this tenant, made from the same model.</param>
/// <param name="IncludeOptimizer">False: only the weights; the optimizer begins anew.</param>
internal sealed record LoadState(string ArtifactId, long? SeqId = null, bool IncludeOptimizer = true);
