using System.Security.Cryptography;
using Lace.Functions.Train.Messages;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>Between a configuration as it is asked for and as it is kept.</summary>
internal static class ConfigMapping
{
    private const int DefaultMaxSeqLength = 512;

    private static readonly string[] DefaultModules = ["q_proj", "k_proj", "v_proj", "o_proj"];

    /// <summary>With everything filled in. The request was checked.</summary>
    public static TrainingConfig ToStored(this CreateTrainingClient request, HostedModel model, TrainingData data) =>
        new(
            request.ModelRef,
            request.Dtype,
            request.LoraConfig is { } lora
                ? new TrainingLora(lora.Rank, lora.Alpha, lora.Dropout, lora.TargetModules ?? DefaultModules, lora.Bias)
                : null,
            ToStored(request.Optimizer ?? new OptimizerConfig()),
            request.DpConfig is { Enabled: true } dp
                ? new TrainingPrivacy(
                    dp.NoiseMultiplier,
                    dp.MaxGradNorm,
                    dp.TargetEpsilon,
                    dp.TargetDelta,
                    dp.AccountantType,
                    dp.Clipping
                )
                : null,
            data.Sampling,
            request.Dataset is { Path: { } path } dataset
                ? new TrainingDataset(path, dataset.Field, dataset.Format)
                : null,
            request.BatchSize,
            request.GradientAccumulationSteps,
            request.MaxSteps,
            request.MaxSeqLength ?? Math.Min(DefaultMaxSeqLength, model.Positions ?? DefaultMaxSeqLength),
            request.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            data.AttestationId,
            data.Root,
            request.Run,
            request.Metadata
        );

    public static CreateTrainingClient ToMessage(this TrainingConfig config) =>
        new(
            config.ModelRef,
            config.Lora is { } lora
                ? new LoraConfig(lora.Rank, lora.Alpha, lora.Dropout, lora.TargetModules, lora.Bias)
                : null,
            new OptimizerConfig(
                config.Optimizer.Name,
                config.Optimizer.LearningRate,
                config.Optimizer.WeightDecay,
                [config.Optimizer.Beta1, config.Optimizer.Beta2],
                config.Optimizer.Eps
            ),
            config.Privacy is { } privacy
                ? new DpConfig(
                    Enabled: true,
                    privacy.NoiseMultiplier,
                    privacy.MaxGradNorm,
                    privacy.TargetEpsilon,
                    privacy.TargetDelta,
                    privacy.Accountant,
                    config.Sampling?.DatasetSize,
                    config.Sampling?.SampleRate,
                    privacy.Clipping
                )
                : null,
            config.BatchSize,
            config.GradientAccumulationSteps,
            config.MaxSteps,
            config.Metadata,
            config.Dataset is { } dataset
                ? new DatasetConfig(dataset.Path, config.AttestationId, dataset.Field, dataset.Format)
                : null,
            config.AttestationId,
            config.RunId,
            config.MaxSeqLength,
            config.Seed,
            config.Dtype
        );

    private static TrainingOptimizer ToStored(OptimizerConfig optimizer) =>
        new(
            optimizer.Name,
            optimizer.LearningRate,
            optimizer.WeightDecay,
            optimizer.Betas?[0] ?? 0.9,
            optimizer.Betas?[1] ?? 0.999,
            optimizer.Eps
        );
}
