using Lace.Records.Training;
using Lace.Torch.optim;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>The stored configuration as the plan that a session trains by.</summary>
internal static class Plans
{
    /// <exception cref="TrainingRefusedException">A word of it is none that is known here.</exception>
    public static TrainingPlan Of(TrainingConfig config) =>
        new()
        {
            Optimizer = config.Optimizer.Name switch
            {
                "adamw" => OptimizerKind.AdamW,
                "adam" => OptimizerKind.Adam,
                "sgd" => OptimizerKind.Sgd,
                "adafactor" => OptimizerKind.Adafactor,
                var name => throw new TrainingRefusedException($"There is no optimizer '{name}'."),
            },
            Parameters = new OptimizerParameters
            {
                LearningRate = config.Optimizer.LearningRate,
                Beta1 = config.Optimizer.Beta1,
                Beta2 = config.Optimizer.Beta2,
                Epsilon = config.Optimizer.Eps,
                WeightDecay = config.Optimizer.WeightDecay,
                Momentum = config.Optimizer.Name == "sgd" ? config.Optimizer.Beta1 : 0,
            },
            Lora = Lora(config),
            Privacy = config.Privacy is { } privacy
                ? new PrivacyPlan
                {
                    NoiseMultiplier = privacy.NoiseMultiplier,
                    ClippingNorm = privacy.MaxGradNorm,
                    Delta = privacy.TargetDelta,
                    Clipping = privacy.Clipping switch
                    {
                        "automatic" => ClippingKind.Automatic,
                        "flat" => ClippingKind.Flat,
                        "per_layer" => ClippingKind.PerLayer,
                        var name => throw new TrainingRefusedException($"There is no clipping '{name}'."),
                    },
                    // A run log names the records of each step; the certificate says that this is outside the guarantee.
                    DisclosesRecords = config.RunId is not null,
                }
                : null,
            Sampling = config.Sampling is { } sampling
                ? new SamplingPlan(sampling.DatasetSize, sampling.SampleRate)
                : null,
            MaxSequenceLength = config.MaxSeqLength,
            Seed = config.Seed,
        };

    public static LoraSettings? Lora(TrainingConfig config) =>
        config.Lora is { } lora ? new LoraSettings(lora.Rank, lora.Alpha, lora.TargetModules, lora.Dropout) : null;

    /// <summary>The plan's, where the request names no others.</summary>
    public static OptimizerParameters Of(StepRequest request, TrainingPlan plan)
    {
        var own = plan.Parameters;
        return own with
        {
            LearningRate = request.LearningRate ?? own.LearningRate,
            Beta1 = request.Beta1 ?? own.Beta1,
            Beta2 = request.Beta2 ?? own.Beta2,
            Epsilon = request.Eps ?? own.Epsilon,
            WeightDecay = request.WeightDecay ?? own.WeightDecay,
            Momentum = plan.Optimizer == OptimizerKind.Sgd ? request.Beta1 ?? own.Momentum : own.Momentum,
            GradClipNorm = request.GradClipNorm ?? own.GradClipNorm,
        };
    }
}
