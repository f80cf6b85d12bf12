using System.Text.Json;

namespace Lace.Records.Training;

/// <summary>A training as it was agreed, with everything filled in: what the worker trains by, and what the API answers.</summary>
/// <param name="ModelRef">Folder below the host's models.</param>
/// <param name="Dtype"><c>float32</c> or <c>bfloat16</c>.</param>
/// <param name="Lora">Null: every weight is trained.</param>
/// <param name="Privacy">Null: without differential privacy.</param>
/// <param name="Sampling">Needed under privacy and for steps on a registered dataset.</param>
/// <param name="Seed">Of what is random and no secret.</param>
/// <param name="AttestationId">Of the dataset, where it was attested.</param>
/// <param name="RunId">Of the run that takes the losses, where one does.</param>
internal sealed record TrainingConfig(
    string ModelRef,
    string Dtype,
    TrainingLora? Lora,
    TrainingOptimizer Optimizer,
    TrainingPrivacy? Privacy,
    TrainingSampling? Sampling,
    TrainingDataset? Dataset,
    int BatchSize,
    int GradientAccumulationSteps,
    long? MaxSteps,
    int MaxSeqLength,
    long Seed,
    string? AttestationId = null,
    string? DatasetRoot = null,
    string? RunId = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null
);

internal sealed record TrainingLora(
    int Rank,
    double Alpha,
    double Dropout,
    IReadOnlyList<string> TargetModules,
    string Bias = "none"
);

/// <param name="Name"><c>adamw</c>, <c>adam</c>, <c>sgd</c> or <c>adafactor</c>.</param>
internal sealed record TrainingOptimizer(
    string Name,
    double LearningRate,
    double WeightDecay,
    double Beta1,
    double Beta2,
    double Eps
);

/// <param name="Accountant">As the caller named it: <c>rdp</c>, <c>moments</c>, <c>pld</c> or <c>prv</c>.</param>
/// <param name="Clipping"><c>automatic</c>, <c>flat</c> or <c>per_layer</c>.</param>
internal sealed record TrainingPrivacy(
    double NoiseMultiplier,
    double MaxGradNorm,
    double TargetEpsilon,
    double TargetDelta,
    string Accountant,
    string Clipping
);

/// <summary>Poisson sampling: each of the records enters each batch with this probability.</summary>
internal sealed record TrainingSampling(long DatasetSize, double SampleRate);

/// <summary>The records that the worker draws from.</summary>
/// <param name="Path">Below the host's datasets.</param>
/// <param name="Field">The member of each record that is trained on; null for the whole record.</param>
/// <param name="Format">As in an attestation; null: by the suffix.</param>
internal sealed record TrainingDataset(string Path, string? Field = null, string? Format = null);
