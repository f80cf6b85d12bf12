using System.Text.Json;

namespace Lace.Functions.Train.Messages;

/// <summary>A training to begin: the model, what of it is trained, and under which guarantee.</summary>
/// <param name="ModelRef">Folder below the host's models, such as <c>org/name</c>.</param>
/// <param name="LoraConfig">Absent: every weight is trained.</param>
/// <param name="DpConfig">Absent: without differential privacy.</param>
/// <param name="BatchSize">Examples of one batch, 1 to 65,536. With Poisson sampling the expected number.</param>
/// <param name="GradientAccumulationSteps">Batches that make one optimizer step, 1 to 1,024.</param>
/// <param name="MaxSteps">Most optimizer steps, 1 to 1,000,000,000; one more is 409 <c>MAX_STEPS_REACHED</c>. Absent: no limit but the budget.</param>
/// <param name="Metadata">The caller's own, at most 16 KiB of JSON.</param>
/// <param name="Dataset">Records that the worker samples itself, for <c>train_step</c>.</param>
/// <param name="AttestationId">The complete attestation of the dataset: its number of records counts, and the certificate names it.</param>
/// <param name="Run">Id of a run whose log takes the losses.</param>
/// <param name="MaxSeqLength">Longest example in tokens, 2 to 131,072 and no longer than the model's positions; longer records of a registered dataset are cut. Absent: 512, or all positions where the model has fewer.</param>
/// <param name="Seed">Of LoRA's first weights and of dropout, 0 to 2^53 - 1; drawn if absent. Noise and sampling have keys of their own.</param>
/// <param name="Dtype"><c>float32</c> or <c>bfloat16</c>: the type of the weights.</param>
internal sealed record CreateTrainingClient(
    string ModelRef,
    LoraConfig? LoraConfig = null,
    OptimizerConfig? Optimizer = null,
    DpConfig? DpConfig = null,
    int BatchSize = 8,
    int GradientAccumulationSteps = 1,
    long? MaxSteps = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null,
    DatasetConfig? Dataset = null,
    string? AttestationId = null,
    string? Run = null,
    int? MaxSeqLength = null,
    long? Seed = null,
    string Dtype = "float32"
);

/// <param name="Rank">1 to 512.</param>
/// <param name="Alpha">Above 0, at most 65,536: what the low-rank path is scaled by is alpha / rank.</param>
/// <param name="Dropout">From 0, below 1.</param>
/// <param name="TargetModules">1 to 32 names of linear layers; absent: q_proj, k_proj, v_proj, o_proj.</param>
/// <param name="Bias"><c>none</c>: only the low-rank weights are trained.</param>
internal sealed record LoraConfig(
    int Rank = 16,
    double Alpha = 32,
    double Dropout = 0.05,
    IReadOnlyList<string>? TargetModules = null,
    string Bias = "none"
);

/// <param name="Name"><c>adamw</c>, <c>adam</c>, <c>sgd</c> or <c>adafactor</c>.</param>
/// <param name="LearningRate">From 0 to 100.</param>
/// <param name="WeightDecay">From 0 to 100.</param>
/// <param name="Betas">Two numbers from 0, below 1; for <c>sgd</c> the first is the momentum. Absent: 0.9 and 0.999.</param>
/// <param name="Eps">Above 0, at most 1.</param>
internal sealed record OptimizerConfig(
    string Name = "adamw",
    double LearningRate = 1e-4,
    double WeightDecay = 0.01,
    IReadOnlyList<double>? Betas = null,
    double Eps = 1e-8
);

/// <param name="Enabled">False is the same as no <c>dp_config</c>.</param>
/// <param name="NoiseMultiplier">Standard deviation of the noise over the clipping norm, 0.05 to 10,000.</param>
/// <param name="MaxGradNorm">The clipping norm C of one record's gradient, above 0, at most 1,000,000.</param>
/// <param name="TargetEpsilon">The budget, above 0: a step that would exceed it is refused with <c>DP_BUDGET_EXCEEDED</c>.</param>
/// <param name="TargetDelta">Below 1 / dataset_size.</param>
/// <param name="AccountantType">Which accountant the budget is kept by: <c>rdp</c>, <c>moments</c> (the same one), <c>pld</c>, <c>prv</c> (the same as pld).</param>
/// <param name="DatasetSize">Number of records, the unit of privacy. Needed unless a dataset is registered, which then counts.</param>
/// <param name="SampleRate">Probability with which a record enters a logical batch. Absent: batch_size · gradient_accumulation_steps / dataset_size.</param>
/// <param name="Clipping"><c>automatic</c> (AUTO-S), <c>flat</c> or <c>per_layer</c>.</param>
/// <param name="Sampling"><c>poisson</c>; nothing else is covered by the accountants.</param>
internal sealed record DpConfig(
    bool Enabled = true,
    double NoiseMultiplier = 1.0,
    double MaxGradNorm = 1.0,
    double TargetEpsilon = 8.0,
    double TargetDelta = 1e-5,
    string AccountantType = "rdp",
    long? DatasetSize = null,
    double? SampleRate = null,
    string Clipping = "automatic",
    string Sampling = "poisson"
);

/// <summary>A file or folder below the host's datasets folder, or an attestation whose records only the caller has, or both.</summary>
/// <param name="Path">Such as <c>folder/train.jsonl</c>; of a folder, all its files.</param>
/// <param name="AttestationId">A complete attestation: its number of records counts.</param>
/// <param name="Field">Path of the member that is trained on, <c>a.b</c> for nested ones; absent: the whole record.</param>
/// <param name="Format"><c>jsonl</c>, <c>json</c>, <c>csv</c>, <c>tsv</c>, <c>text</c> (a record a paragraph) or <c>file</c> (protocol §1). Absent: by the suffix.</param>
internal sealed record DatasetConfig(
    string? Path = null,
    string? AttestationId = null,
    string? Field = null,
    string? Format = null
);
