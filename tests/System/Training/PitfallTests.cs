using Lace.Privacy;
using Lace.Torch;
using Lace.Torch.optim;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>The bugs that DP-SGD libraries have had (docs/private-training.md, "Known mistakes"): each by its name.</summary>
[Collection(nameof(Torch))]
public sealed class PitfallTests
{
    private const string Kind = "gpt2 full";
    private static readonly OptimizerParameters Descent = new() { LearningRate = 1 };

    [Fact]
    public void Noise_is_that_of_the_sum_and_not_of_the_mean()
    {
        // An empty step moves the weights by noise alone: σC on the sum, so σC / (q·N) after the division.
        var plan = Tiny.Private(Kind, norm: 0.5, noise: 2) with
        {
            Optimizer = OptimizerKind.Sgd,
        };
        using var run = new Trained(plan);
        run.Session.OptimStep(Descent);
        var moved = Tiny.Distance(run.Start, run.Weights) / Math.Sqrt(run.Start.Length);
        Assert.InRange(moved / (2 * 0.5 / 6), 0.97, 1.03); // of some 8,000 normals
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    public void A_step_is_divided_by_the_expected_batch_and_not_by_the_real_one(int examples)
    {
        var plan = Tiny.Private(Kind, ClippingKind.Flat) with { Optimizer = OptimizerKind.Sgd };
        using var empty = new Trained(plan);
        empty.Session.OptimStep(Descent);
        using var run = new Trained(plan);
        run.Accumulate(Tiny.Examples()[..examples]);
        var sum = Tiny.Flat(run.Session.Accumulated.Sums);
        run.Session.OptimStep(Descent);

        // The same key and position, so the same noise: what is left is the sum over q·N = 6.
        var left = empty.Weights.Zip(run.Weights, (noise, both) => noise - both).ToArray();
        var expected = sum.Select(value => value / 6).ToArray();
        Assert.InRange(Tiny.Distance(left, expected), 0, 1e-4 * Tiny.Norm(expected));
    }

    [Fact]
    public void Noise_is_drawn_and_a_step_counted_once_however_many_micro_batches()
    {
        var plan = Tiny.Private(Kind) with { Optimizer = OptimizerKind.Sgd };
        var weights = new List<float[]>();
        foreach (var size in new[] { 1, 5, 100 })
        {
            using var run = new Trained(plan with { MicroBatch = size });
            var step = run.Session.TrainStep(Tiny.Data(), Descent);
            Assert.True(step.Optimizer.NoiseApplied);
            Assert.Equal((1, 1, 1), (step.Step, run.Session.Position, run.Session.History.Steps));
            weights.Add(run.Weights);
        }

        // The same to rounding: with noise for each micro-batch it would be another.
        Assert.All(weights, other => Assert.InRange(Tiny.Distance(weights[0], other), 0, 1e-5));
    }

    [Fact]
    public void An_empty_batch_is_a_step_with_noise_that_counts()
    {
        var plan = Tiny.Private(Kind) with { Sampling = new SamplingPlan(Tiny.Records, 1e-9) };
        using var run = new Trained(plan);
        var step = run.Session.TrainStep(Tiny.Data(), Descent);
        Assert.Equal((1, true, null), (step.Step, step.Optimizer.NoiseApplied, step.Loss));
        Assert.Equal(1, run.Session.History.Steps);
        Assert.NotEqual(run.Start, run.Weights);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_of_a_step_is_left_for_the_next_one(bool isPrivate)
    {
        var plan = (isPrivate ? Tiny.Private(Kind) : Tiny.Plain(Kind)) with { Optimizer = OptimizerKind.Sgd };
        using var run = new Trained(plan);
        run.Accumulate(Tiny.Examples());
        var first = Tiny.Flat(run.Session.Accumulated.Sums);
        run.Session.OptimStep(Descent with { LearningRate = 0 });
        Assert.All(Tiny.Flat(run.Session.Accumulated.Sums), value => Assert.Equal(0, value));
        using (torch.NewDisposeScope())
        {
            Assert.All(run.Model.Trainable, parameter => Assert.Null(parameter.Tensor.grad));
        }

        run.Accumulate(Tiny.Examples());
        Assert.Equal(first, Tiny.Flat(run.Session.Accumulated.Sums));
        run.Accumulate(Tiny.Examples());
        Assert.InRange(
            Tiny.Distance([.. first.Select(value => 2 * value)], Tiny.Flat(run.Session.Accumulated.Sums)),
            0,
            1e-4 * Tiny.Norm(first)
        );
    }

    /// <summary>Each record clipped by itself, before any sum: against gradients of one record at a time, by plain autograd.</summary>
    [Theory]
    [InlineData("gpt2 full")] // tied weights, and positions that all records share
    [InlineData("llama tied full")]
    [InlineData("llama lora")]
    public void The_sum_is_that_of_records_clipped_one_by_one(string kind)
    {
        const double norm = 0.1;
        using var plain = new Trained(Tiny.Plain(kind), kind);
        using var run = new Trained(Tiny.Private(kind, ClippingKind.Flat, norm), kind);
        var expected = new double[run.Start.Length];
        foreach (var record in Tiny.Examples())
        {
            plain.Accumulate([record]);
            var own = Tiny.Flat(plain.Session.Accumulated.Sums);
            plain.Session.Accumulated.Clear();
            var factor = Math.Min(1, norm / Tiny.Norm(own));
            for (var i = 0; i < own.Length; i++)
            {
                expected[i] += factor * own[i];
            }
        }

        run.Accumulate(Tiny.Examples());
        var sum = Tiny.Flat(run.Session.Accumulated.Sums);
        var difference = Math.Sqrt(sum.Zip(expected, (a, b) => Math.Pow(a - b, 2)).Sum());
        Assert.InRange(difference, 0, 3e-5 * Tiny.Norm(sum));
    }

    [Fact]
    public void The_accountant_refuses_a_sampler_that_it_was_not_given()
    {
        using var key = Tiny.Key();
        var plan = Tiny.Private(Kind);
        using var sampler = plan.CreateSampler(key);
        using var twin = plan.CreateSampler(key);
        using var denser = (plan with { Sampling = new SamplingPlan(Tiny.Records, 0.9) }).CreateSampler(key);
        var accountant = plan.CreateAccountant(sampler)!;
        accountant.Count(sampler!);
        Assert.Throws<InvalidOperationException>(() => accountant.Count(twin!));
        Assert.Throws<InvalidOperationException>(() => accountant.Count(denser!));
        Assert.Equal(1, accountant.History.Steps);
    }

    [Fact]
    public void Under_privacy_no_statistic_of_records_leaves_but_what_is_marked()
    {
        using var run = new Trained(Tiny.Private(Kind));
        var batch = ExampleBatch.FromData(Tiny.Examples());
        var trained = run.Session.ForwardBackward(batch, LossFunction.CrossEntropy);
        Assert.Equal((null, null), (trained.GradNorm, trained.Logprobs));
        Assert.Equal(["loss", "loss_sum"], trained.OutsideGuarantee);
        run.Session.OptimStep();
        var evaluated = run.Session.ForwardBackward(batch, LossFunction.CrossEntropy, forwardOnly: true);
        Assert.Equal(["loss", "loss_sum", "logprobs"], evaluated.OutsideGuarantee);
        var step = run.Session.TrainStep(Tiny.Data());
        Assert.Equal((null, null), (step.Records, step.Tokens));
        Assert.Equal(["loss"], step.OutsideGuarantee);

        var plan = Tiny.Private(Kind);
        using var silent = new Trained(plan with { Privacy = plan.Privacy! with { DisclosesLosses = false } });
        Assert.Null(silent.Session.TrainStep(Tiny.Data()).Loss);
        Assert.Equal((null, null), Losses(silent.Session.ForwardBackward(batch, LossFunction.CrossEntropy)));
        using var open = new Trained(plan with { Privacy = plan.Privacy! with { DisclosesRecords = true } });
        var logged = open.Session.TrainStep(Tiny.Data());
        Assert.Equal(open.Session.Sampler!.Batch(0), logged.Records);
        Assert.Equal(["loss", "records", "tokens"], logged.OutsideGuarantee);
    }

    [Fact]
    public void The_norm_that_is_told_under_privacy_is_that_of_the_noised_gradient()
    {
        using var run = new Trained(Tiny.Private(Kind, noise: 3) with { Optimizer = OptimizerKind.Sgd });
        run.Accumulate(Tiny.Examples());
        var step = run.Session.OptimStep(Descent);
        Assert.InRange(step.GradNorm!.Value / Tiny.Distance(run.Start, run.Weights), 0.999, 1.001);
    }

    [Fact]
    public void A_batch_that_the_caller_drew_is_counted_as_declared()
    {
        using var run = new Trained(Tiny.Private(Kind));
        run.Session.TrainStep(Tiny.Data());
        run.Accumulate(Tiny.Examples());
        Assert.Throws<TrainingRefusedException>(() => run.Session.TrainStep(Tiny.Data()));
        run.Session.OptimStep();
        Assert.Equal((2, 1), (run.Session.History.Steps, run.Session.DeclaredSteps));
        Assert.Equal(new SampledGaussian(0.5, 1), Assert.Single(run.Session.History.Phases).Mechanism);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_dropped_without_privacy()
    {
        using var run = new Trained(Tiny.Plain(Kind));
        var records = Tiny.Examples();
        records[0] = records[0] with { Weights = [.. records[0].Tokens.Select(_ => float.PositiveInfinity)] };
        Assert.Null(run.Accumulate(records).GradNorm);
        var step = run.Session.OptimStep(Descent);
        Assert.Equal((true, 0, null), (step.Skipped, step.Step, step.GradNorm));
        Assert.Equal(run.Start, run.Weights);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_step_leaves_no_tensor_behind(bool isPrivate)
    {
        using var run = new Trained(isPrivate ? Tiny.Private(Kind) : Tiny.Plain(Kind));
        run.Session.TrainStep(Tiny.Data());
        var before = torch.live_handles;
        for (var step = 0; step < 20; step++)
        {
            run.Session.TrainStep(Tiny.Data());
            run.Session.Save(Stream.Null, includeOptimizer: true);
        }

        Assert.Equal(before, torch.live_handles);
    }

    [Fact]
    public void An_operation_that_stopped_half_way_leaves_a_session_that_goes_on_from_a_state_alone()
    {
        using var run = new Trained(Tiny.Private(Kind));
        run.Session.TrainStep(Tiny.Data());
        using var state = new MemoryStream();
        run.Session.Suspend(state);
        var batch = ExampleBatch.FromData(Tiny.Examples());
        Assert.ThrowsAny<Exception>(() => run.Session.ForwardBackward(batch, new FailingLoss()));
        Assert.Throws<InvalidOperationException>(() => run.Session.OptimStep());
        Assert.Throws<InvalidOperationException>(() => run.Session.Save(Stream.Null, includeOptimizer: true));
        Assert.Equal(1, run.Session.History.Steps);
        state.Position = 0;
        run.Session.Resume(state);
        Assert.Equal(2, run.Session.TrainStep(Tiny.Data()).Step);
    }

    private sealed record FailingLoss : LossFunction
    {
        internal override bool ComparesPolicies => false;

        internal override Tensor OfPositions(Tensor logprobs, MicroBatch batch) =>
            throw new TorchException("no memory");
    }

    private static (double? Loss, double? Sum) Losses(ForwardBackwardResult result) => (result.Loss, result.LossSum);

    private sealed class Trained : IDisposable
    {
        public Trained(TrainingPlan plan, string kind = Kind)
        {
            Model = Tiny.Model(kind);
            Session = Tiny.Open(plan, Model);
            Start = Weights;
        }

        public CausalModel Model { get; }

        public TrainingSession Session { get; }

        public float[] Start { get; }

        public float[] Weights => Tiny.Weights(Model);

        public ForwardBackwardResult Accumulate(Example[] examples) =>
            Session.ForwardBackward(ExampleBatch.FromData(examples), LossFunction.CrossEntropy);

        public void Dispose()
        {
            Session.Dispose();
            Model.Dispose();
        }
    }
}
