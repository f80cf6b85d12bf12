using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Torch;
using Lace.Torch.optim;
using Lace.Worker.Models;

namespace Lace.Worker.Training;

/// <summary>Which rule turns gradients into steps.</summary>
public enum OptimizerKind
{
    AdamW,
    Adam,
    Sgd,
    Adafactor,
}

/// <summary>
/// One training as it was agreed: sampler, clipping, noise and accountant all come from this object, so that none can be about
/// another training than the others.
/// </summary>
public sealed record TrainingPlan
{
    public const int MostTokens = 131_072;

    public const int MostExamples = 65_536;

    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>For steps that name no others. No part of the <see cref="Digest"/>: each step may have its own.</summary>
    public OptimizerParameters Parameters { get; init; } = new();

    /// <summary>Null: all weights are trained.</summary>
    public LoraSettings? Lora { get; init; }

    /// <summary>Null: no differential privacy; the same kernels and the same loop otherwise.</summary>
    public PrivacyPlan? Privacy { get; init; }

    /// <summary>Needed under privacy, and for steps on a registered dataset.</summary>
    public SamplingPlan? Sampling { get; init; }

    public LossNormalization Normalization { get; init; } = LossNormalization.RecordMean;

    /// <summary>Tokens of an example, at most.</summary>
    public int MaxSequenceLength { get; init; } = 512;

    /// <summary>Examples that go through the model at once: a matter of memory, no part of the <see cref="Digest"/>.</summary>
    public int MicroBatch { get; init; } = 8;

    /// <summary>Of what is random and no secret: fresh LoRA weights, and dropout without privacy.</summary>
    public long Seed { get; init; }

    /// <summary>Why nothing is trained by this plan, as a sentence; null where it is sound.</summary>
    public string? Refusal =>
        !Enum.IsDefined(Optimizer) ? "The optimizer is adamw, adam, sgd or adafactor."
        : !Enum.IsDefined(Normalization) ? "The loss of a record is the mean or the sum of its tokens' losses."
        : MaxSequenceLength is < 2 or > MostTokens
            ? $"max_seq_length is {MaxSequenceLength}; it is from 2 to {MostTokens}."
        : MicroBatch is < 1 or > 4096 ? $"The micro-batch has {MicroBatch} examples; it has 1 to 4096."
        : Sampling?.Refusal is { } sampling ? sampling
        : Privacy?.Refusal(Sampling) is { } privacy ? privacy
        : ParametersRefusal(Parameters);

    /// <summary>
    /// SHA-256 over everything that says which training this is, in hex. States of one digest continue each other; what every step
    /// may choose anew is no part of it.
    /// </summary>
    public string Digest
    {
        get
        {
            var json = new JsonObject
            {
                ["v"] = 1,
                ["optimizer"] = Optimizer.ToString(),
                ["lora"] = Describe(Lora),
                ["privacy"] = Privacy is null ? null : Describe(Privacy),
                ["sampling"] = Sampling is null ? null : Describe(Sampling),
                ["normalization"] = Normalization.ToString(),
                ["max_seq_length"] = MaxSequenceLength,
                ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
            };
            var canonical = CanonicalJson.Canonicalize(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()));
            return Convert.ToHexStringLower(SHA256.HashData(canonical));
        }
    }

    /// <summary>The one that draws the batches of this plan; null where the plan has none.</summary>
    public PoissonSampler? CreateSampler(NoiseKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Sampling is { DatasetSize: <= int.MaxValue } ? new PoissonSampler(Sampling, key.ForSampling()) : null;
    }

    /// <summary>The one that counts its steps; null without privacy.</summary>
    /// <param name="sampler">The only one whose batches it takes for batches of this plan.</param>
    public PlanAccountant? CreateAccountant(PoissonSampler? sampler) =>
        Privacy is null ? null : new PlanAccountant(Privacy, Sampling!, sampler);

    internal Clipping CreateClipping() =>
        Privacy! switch
        {
            { Clipping: ClippingKind.Flat } privacy => new Clipping.Flat(privacy.ClippingNorm),
            { Clipping: ClippingKind.PerLayer } privacy => new Clipping.PerLayer(privacy.ClippingNorm),
            var privacy => new Clipping.Automatic(privacy.ClippingNorm),
        };

    /// <summary>Why no step is made with these, as a sentence; null where one is.</summary>
    internal string? ParametersRefusal(OptimizerParameters parameters) =>
        Privacy is not null && parameters.GradClipNorm > 0
            ? "grad_clip_norm is refused under privacy: each record's gradient is clipped already, and the noise was made for that."
        : !(parameters.LearningRate is >= 0 and <= 1e6) ? $"The learning rate is {parameters.LearningRate}."
        : !(parameters.Beta1 is >= 0 and < 1) || !(parameters.Beta2 is >= 0 and < 1)
            ? $"The betas are {parameters.Beta1} and {parameters.Beta2}; each is at least 0 and below 1."
        : !(parameters.Momentum is >= 0 and < 1)
            ? $"The momentum is {parameters.Momentum}; it is at least 0 and below 1."
        : !(parameters.Epsilon is > 0 and <= 1) ? $"The optimizer's epsilon is {parameters.Epsilon}; it is above 0."
        : !(parameters.WeightDecay is >= 0 and <= 1e6) ? $"The weight decay is {parameters.WeightDecay}."
        : !(parameters.GradClipNorm is >= 0 and <= 1e12) ? $"grad_clip_norm is {parameters.GradClipNorm}."
        : null;

    /// <summary>One text for equal adapters; null for none.</summary>
    internal static string? Describe(LoraSettings? lora) =>
        lora is null
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"rank {lora.Rank} alpha {lora.Alpha:R} dropout {lora.Dropout:R} rslora {lora.UseRsLora} on {string.Join(',', lora.TargetModules.Order(StringComparer.Ordinal))}"
            );

    private static JsonObject Describe(PrivacyPlan privacy) =>
        new()
        {
            ["noise_multiplier"] = privacy.NoiseMultiplier,
            ["clipping_norm"] = privacy.ClippingNorm,
            ["clipping"] = privacy.Clipping.ToString(),
            ["delta"] = privacy.Delta,
        };

    private static JsonObject Describe(SamplingPlan sampling) =>
        new()
        {
            ["sampler"] = sampling.Sampler.ToString(),
            ["dataset_size"] = sampling.DatasetSize,
            ["sample_rate"] = sampling.SampleRate,
        };
}
