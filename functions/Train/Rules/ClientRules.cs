using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;
using Lace.Privacy;

namespace Lace.Functions.Train.Rules;

/// <summary>What the types of a training client's configuration do not say. Each answers the first rule broken, or null.</summary>
internal static class ClientRules
{
    public const int MaxModules = 32;
    public const long MaxDatasetSize = 1_000_000_000_000;

    public static Problem? Check(CreateTrainingClient request) =>
        Field.Length("model_ref", request.ModelRef, 1, 200)
        ?? Check(request.LoraConfig)
        ?? Check(request.Optimizer)
        ?? Check(request.DpConfig)
        ?? Check(request.Dataset)
        ?? Field.InRange("batch_size", request.BatchSize, 1, 65_536)
        ?? Field.InRange("gradient_accumulation_steps", request.GradientAccumulationSteps, 1, 1024)
        ?? (request.MaxSteps is { } steps ? Field.InRange("max_steps", steps, 1, PrivacyHistory.MostSteps) : null)
        ?? Field.Metadata(request.Metadata)
        ?? (request.MaxSeqLength is { } length ? Field.InRange("max_seq_length", length, 2, 131_072) : null)
        ?? Field.Seed(request.Seed)
        ?? Field.OneOf("dtype", request.Dtype, "float32", "bfloat16")
        ?? AgreeOnAttestation(request);

    private static Problem? Check(LoraConfig? lora)
    {
        if (lora is null)
        {
            return null;
        }

        var modules = lora.TargetModules;
        return Field.InRange("lora_config.rank", lora.Rank, 1, 512)
            ?? Field.Above("lora_config.alpha", lora.Alpha, 0, 65_536)
            ?? Field.Below("lora_config.dropout", lora.Dropout, 0, 1)
            ?? (
                modules is null
                || (
                    modules.Count is > 0 and <= MaxModules
                    && modules.All(IsModule)
                    && modules.Distinct(StringComparer.Ordinal).Count() == modules.Count
                )
                    ? null
                    : Field.Refuse(
                        "lora_config.target_modules",
                        $"1 to {MaxModules} different names of layers, such as q_proj."
                    )
            )
            ?? CheckBias(lora.Bias);
    }

    private static Problem? CheckBias(string bias) =>
        Field.OneOf("lora_config.bias", bias, "none", "all", "lora_only")
        ?? (
            bias == "none"
                ? null
                : Field.Refuse(
                    "lora_config.bias",
                    $"{bias} is not supported: only the low-rank weights are trained. Send none, or leave lora_config out to train every weight."
                )
        );

    private static Problem? Check(OptimizerConfig? optimizer)
    {
        if (optimizer is null)
        {
            return null;
        }

        return Field.OneOf("optimizer.name", optimizer.Name, "adamw", "adam", "sgd", "adafactor")
            ?? Field.InRange("optimizer.learning_rate", optimizer.LearningRate, 0, 100)
            ?? Field.InRange("optimizer.weight_decay", optimizer.WeightDecay, 0, 100)
            ?? (
                optimizer.Betas is null or [>= 0 and < 1, >= 0 and < 1]
                    ? null
                    : Field.Refuse("optimizer.betas", "two numbers from 0 and below 1.")
            )
            ?? Field.Above("optimizer.eps", optimizer.Eps, 0, 1);
    }

    private static Problem? Check(DpConfig? dp)
    {
        if (dp is not { Enabled: true })
        {
            return null;
        }

        return Field.InRange(
                "dp_config.noise_multiplier",
                dp.NoiseMultiplier,
                SampledGaussian.LeastNoise,
                SampledGaussian.MostNoise
            )
            ?? Field.Above("dp_config.max_grad_norm", dp.MaxGradNorm, 0, 1e6)
            ?? Field.Above("dp_config.target_epsilon", dp.TargetEpsilon, 0, 1e6)
            ?? Field.InRange(
                "dp_config.target_delta",
                dp.TargetDelta,
                AccountantExtensions.LeastDelta,
                AccountantExtensions.MostDelta
            )
            ?? Field.OneOf("dp_config.accountant_type", dp.AccountantType, "rdp", "moments", "pld", "prv")
            ?? (dp.DatasetSize is { } size ? Field.InRange("dp_config.dataset_size", size, 1, MaxDatasetSize) : null)
            ?? (
                dp.SampleRate is { } rate
                    ? Field.InRange("dp_config.sample_rate", rate, SampledGaussian.LeastRate, 1)
                    : null
            )
            ?? Field.OneOf("dp_config.clipping", dp.Clipping, "automatic", "flat", "per_layer")
            ?? CheckSampling(dp.Sampling);
    }

    private static Problem? CheckSampling(string sampling) =>
        sampling == "poisson"
            ? null
            : Field.Refuse(
                "dp_config.sampling",
                new RecordSampling(1, Sampler.Shuffled).NotCovered
                    + " Send poisson, and draw batches so; the Python package has a loader that does."
            );

    private static Problem? Check(DatasetConfig? dataset) =>
        dataset is null
            ? null
            : (dataset.Path is { } path ? Field.Length("dataset.path", path, 1, 500) : null)
                ?? (dataset.Field is { } field ? Field.Length("dataset.field", field, 1, 200) : null)
                ?? (
                    dataset.Format is { } format
                        ? Field.OneOf("dataset.format", format, "jsonl", "json", "csv", "tsv", "text", "file")
                        : null
                )
                ?? (
                    dataset is { Path: null, AttestationId: null }
                        ? Field.Refuse("dataset", "name a path below the host's datasets, or an attestation_id.")
                        : null
                );

    private static Problem? AgreeOnAttestation(CreateTrainingClient request) =>
        request is { AttestationId: { } one, Dataset.AttestationId: { } other } && one != other
            ? Field.Refuse("attestation_id", "is another one than dataset.attestation_id: a training has one dataset.")
            : null;

    private static bool IsModule(string name) =>
        name is { Length: > 0 and <= 100 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');
}
