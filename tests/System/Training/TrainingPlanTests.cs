using Lace.Privacy;
using Lace.Torch;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

[Collection(nameof(Torch))]
public sealed class TrainingPlanTests
{
    private const string Kind = "llama lora";
    private static readonly TrainingPlan Sound = Tiny.Private(Kind);
    private static readonly PrivacyPlan Privacy = Sound.Privacy!;

    private static readonly (string What, TrainingPlan Plan, string Reason)[] Refused =
    [
        ("no dataset size", Sound with { Sampling = null }, "without them ε means nothing"),
        ("shuffled", Sound with { Sampling = new(100, 0.1, Sampler.Shuffled) }, "Poisson"),
        ("fixed size", Sound with { Sampling = new(100, 0.1, Sampler.FixedSize) }, "Poisson"),
        ("shuffled without privacy", Tiny.Plain(Kind) with { Sampling = new(100, 0.1, Sampler.Shuffled) }, "Poisson"),
        ("no records", Sound with { Sampling = new(0, 0.1) }, "at least one record"),
        ("rate 0", Sound with { Sampling = new(100, 0) }, "sample rate"),
        ("rate above 1", Sound with { Sampling = new(100, 1.5) }, "sample rate"),
        ("rate that is none", Sound with { Sampling = new(100, double.NaN) }, "sample rate"),
        ("delta of one record", Sound with { Privacy = Privacy with { Delta = 1.0 / Tiny.Records } }, "not below 1/12"),
        ("delta 0", Sound with { Privacy = Privacy with { Delta = 0 } }, "δ is 0"),
        ("no noise", Sound with { Privacy = Privacy with { NoiseMultiplier = 0 } }, "no finite ε"),
        ("noise below 0", Sound with { Privacy = Privacy with { NoiseMultiplier = -1 } }, "noise multiplier"),
        (
            "noise that is none",
            Sound with
            {
                Privacy = Privacy with { NoiseMultiplier = double.NaN },
            },
            "noise multiplier"
        ),
        ("norm 0", Sound with { Privacy = Privacy with { ClippingNorm = 0 } }, "clipping norm"),
        (
            "norm infinite",
            Sound with
            {
                Privacy = Privacy with { ClippingNorm = double.PositiveInfinity },
            },
            "clipping norm"
        ),
        ("clipping that is none", Sound with { Privacy = Privacy with { Clipping = (ClippingKind)7 } }, "clipping"),
        ("clipping of the batch", Sound with { Parameters = new() { GradClipNorm = 1 } }, "grad_clip_norm"),
        ("a rate that is none", Sound with { Parameters = new() { LearningRate = double.NaN } }, "learning rate"),
        ("beta 1", Sound with { Parameters = new() { Beta2 = 1 } }, "betas"),
        ("no micro-batch", Sound with { MicroBatch = 0 }, "micro-batch"),
        ("one token", Sound with { MaxSequenceLength = 1 }, "max_seq_length"),
        ("beyond the model", Sound with { MaxSequenceLength = 33 }, "32 positions"),
        ("another adapter", Sound with { Lora = Sound.Lora! with { Rank = 5 } }, "another adapter"),
        ("no adapter", Sound with { Lora = null }, "another adapter"),
    ];

    public static TheoryData<string> Names => [.. Refused.Select(refused => refused.What)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_not_sound_is_refused_with_the_reason(string what)
    {
        var (_, plan, reason) = Refused.Single(refused => refused.What == what);
        using var model = Tiny.Model(Kind);
        var refusal = Assert.Throws<TrainingRefusedException>(() => Tiny.Open(plan, model));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_may_not_clip_the_batch_under_privacy()
    {
        using var model = Tiny.Model(Kind);
        using var session = Tiny.Open(Sound, model);
        Assert.Throws<TrainingRefusedException>(() => session.OptimStep(new() { GradClipNorm = 1 }));
        Assert.Throws<TrainingRefusedException>(() => session.TrainStep(Tiny.Data(), new() { GradClipNorm = 1 }));
        Assert.Equal((0, 0), (session.Position, session.History.Steps));
    }

    [Fact]
    public void A_dataset_of_another_size_than_the_plan_says_is_refused()
    {
        using var model = Tiny.Model(Kind);
        using var session = Tiny.Open(Sound with { Sampling = new(Tiny.Records + 1, 0.1) }, model);
        var refusal = Assert.Throws<TrainingRefusedException>(() => session.TrainStep(Tiny.Data()));
        Assert.Contains("the plan says 13", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, session.Position);
    }

    [Fact]
    public void Sampler_clipping_noise_and_accountant_are_of_one_plan()
    {
        using var key = Tiny.Key();
        using var sampler = Sound.CreateSampler(key)!;
        Assert.Same(Sound.Sampling, sampler.Plan);
        Assert.Equal(Privacy.ClippingNorm, Sound.CreateClipping().ClippingNorm);
        Assert.Equal(Privacy.NoiseMultiplier * Privacy.ClippingNorm, Privacy.NoiseStandardDeviation);
        var accountant = Sound.CreateAccountant(sampler)!;
        accountant.Count(sampler);
        var phase = Assert.Single(accountant.History.Phases);
        Assert.Equal(new SampledGaussian(Sound.Sampling!.SampleRate, Privacy.NoiseMultiplier), phase.Mechanism);
        Assert.Null(Tiny.Plain(Kind).CreateAccountant(sampler));
    }

    [Fact]
    public void The_digest_covers_what_the_training_is_and_not_how_it_is_run()
    {
        TrainingPlan[] others =
        [
            Sound with
            {
                Privacy = null,
            },
            Sound with
            {
                Privacy = Privacy with { NoiseMultiplier = 1.1 },
            },
            Sound with
            {
                Privacy = Privacy with { ClippingNorm = 0.2 },
            },
            Sound with
            {
                Privacy = Privacy with { Clipping = ClippingKind.Flat },
            },
            Sound with
            {
                Privacy = Privacy with { Delta = 1e-4 },
            },
            Sound with
            {
                Sampling = new(Tiny.Records, 0.4),
            },
            Sound with
            {
                Sampling = new(Tiny.Records + 1, 0.5),
            },
            Sound with
            {
                Lora = null,
            },
            Sound with
            {
                Lora = Sound.Lora! with { Dropout = 0.2 },
            },
            Sound with
            {
                Optimizer = OptimizerKind.Adam,
            },
            Sound with
            {
                Normalization = LossNormalization.TokenSum,
            },
            Sound with
            {
                MaxSequenceLength = 15,
            },
            Sound with
            {
                Seed = 12,
            },
        ];
        string[] digests = [Sound.Digest, .. others.Select(other => other.Digest)];
        Assert.Equal(digests.Length, digests.Distinct().Count());
        Assert.Equal(
            Sound.Digest,
            (
                Sound with
                {
                    MicroBatch = 1,
                    Parameters = new() { LearningRate = 3 },
                }
            ).Digest
        );
        Assert.Equal(Sound.Digest, Tiny.Private(Kind).Digest);
    }
}
