using Lace.Torch;
using Lace.Torch.optim;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>A training that was interrupted and goes on is, bit for bit, the one that was not; and not one with a cold optimizer.</summary>
[Collection(nameof(Torch))]
public sealed class ResumeTests
{
    public static TheoryData<string, bool, OptimizerKind, ScalarType> Cases =>
        new(
            from kind in new[] { "gpt2 full", "llama lora" }
            from isPrivate in new[] { true, false }
            from optimizer in new[] { OptimizerKind.AdamW, OptimizerKind.Adafactor }
            from type in new[] { ScalarType.Float32, ScalarType.BFloat16 }
            select (kind, isPrivate, optimizer, type)
        );

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_interrupted_training_goes_on_bit_for_bit(
        string kind,
        bool isPrivate,
        OptimizerKind optimizer,
        ScalarType type
    )
    {
        var plan = Plan(kind, isPrivate, optimizer);
        using var whole = new Run(kind, plan, type);
        whole.First();
        var halfway = whole.Suspended();
        whole.Second();

        using var resumed = new Run(kind, plan, type);
        resumed.Session.Resume(new MemoryStream(halfway));
        Assert.Equal(halfway, resumed.Suspended());
        resumed.Second();
        Assert.Equal(whole.Suspended(), resumed.Suspended());

        using var cold = new Run(kind, plan, type);
        cold.First();
        cold.Session.OptimStep(cold.Parameters);
        var saved = cold.Saved();
        cold.Session.Load(new MemoryStream(saved), withOptimizer: false);
        cold.Third();
        Assert.NotEqual(Tiny.Weights(whole.Model), Tiny.Weights(cold.Model));
    }

    [Fact]
    public void Another_key_other_noise()
    {
        const string kind = "llama lora";
        var plan = Plan(kind, isPrivate: true, OptimizerKind.AdamW);
        using var one = new Run(kind, plan, ScalarType.Float32);
        using var other = new Run(kind, plan, ScalarType.Float32, key: 2);
        one.First();
        other.First();
        Assert.NotEqual(Tiny.Weights(one.Model), Tiny.Weights(other.Model));
    }

    /// <summary>The privacy pitfall of going back: the difference of two steps with the same noise has none.</summary>
    [Fact]
    public void Noise_and_batches_of_a_position_are_never_used_again_after_an_earlier_state_is_loaded()
    {
        const string kind = "llama lora";
        var plan = Plan(kind, isPrivate: true, OptimizerKind.Sgd);
        using var run = new Run(kind, plan, ScalarType.Float32);
        var start = run.Saved();
        run.Session.OptimStep(run.Parameters);
        var first = Tiny.Weights(run.Model);
        Assert.Equal(0, run.Session.Load(new MemoryStream(start), withOptimizer: true).Steps);
        Assert.Equal((0, 1), (run.Session.Step, run.Session.Position));
        run.Session.OptimStep(run.Parameters);
        Assert.NotEqual(first, Tiny.Weights(run.Model));
        Assert.Equal(2, run.Session.History.Steps);
    }

    [Fact]
    public void What_another_training_spent_on_a_model_comes_with_it()
    {
        const string kind = "llama lora";
        var plan = Plan(kind, isPrivate: true, OptimizerKind.AdamW);
        using var one = new Run(kind, plan, ScalarType.Float32);
        using var other = new Run(kind, plan, ScalarType.Float32, key: 2);
        one.First();
        one.Session.OptimStep();
        other.Session.OptimStep();
        Assert.Equal(
            one.Session.History.Steps,
            other.Session.Load(new MemoryStream(one.Saved()), withOptimizer: true).Steps
        );
        Assert.Equal(one.Session.History.Steps + 1, other.Session.History.Steps);
        Assert.Equal(one.Session.Step, other.Session.Step);
        Assert.Equal(1, other.Session.Position);
        Assert.Equal(Tiny.Weights(one.Model), Tiny.Weights(other.Model));
    }

    [Fact]
    public void The_history_of_steps_is_resumed_with_the_rest()
    {
        const string kind = "gpt2 lora";
        var plan = Plan(kind, isPrivate: true, OptimizerKind.AdamW);
        using var run = new Run(kind, plan, ScalarType.Float32);
        run.First();
        using var resumed = new Run(kind, plan, ScalarType.Float32);
        resumed.Session.Resume(new MemoryStream(run.Suspended()));
        Assert.Equal(run.Session.History.Phases, resumed.Session.History.Phases);
        Assert.Equal((3, 1), (resumed.Session.History.Steps, resumed.Session.DeclaredSteps));
        Assert.Equal(3, resumed.Session.Position);
    }

    private static TrainingPlan Plan(string kind, bool isPrivate, OptimizerKind optimizer)
    {
        var plan = isPrivate ? Tiny.Private(kind, dropout: 0.1) : Tiny.Plain(kind, dropout: 0.1);
        return plan with { Optimizer = optimizer };
    }

    /// <summary>Two steps on the dataset, one of the caller's batches, half of another; then its rest and two more.</summary>
    private sealed class Run : IDisposable
    {
        private readonly TokenizedDataset data = Tiny.Data();

        public Run(string kind, TrainingPlan plan, ScalarType type, byte key = 1)
        {
            Model = Tiny.Model(kind, type, dropout: 0.1);
            Session = Tiny.Open(plan, Model, key);
            Parameters = plan.Parameters with { LearningRate = 0.01 };
        }

        public CausalModel Model { get; }

        public TrainingSession Session { get; }

        public OptimizerParameters Parameters { get; }

        public void First()
        {
            Session.TrainStep(data, Parameters);
            Session.TrainStep(data, Parameters);
            Accumulate(0, 6);
            Session.OptimStep(Parameters);
            Accumulate(6, 10);
        }

        public void Second()
        {
            Accumulate(10, 12);
            Session.OptimStep(Parameters);
            Third();
        }

        public void Third()
        {
            Session.TrainStep(data, Parameters);
            Session.TrainStep(data, Parameters);
        }

        public byte[] Suspended() => Written(Session.Suspend);

        public byte[] Saved() => Written(stream => Session.Save(stream, includeOptimizer: true));

        public void Dispose()
        {
            Session.Dispose();
            Model.Dispose();
        }

        private void Accumulate(int first, int end) =>
            Session.ForwardBackward(ExampleBatch.FromData(Tiny.Examples()[first..end]), LossFunction.CrossEntropy);

        private static byte[] Written(Action<Stream> write)
        {
            using var stream = new MemoryStream();
            write(stream);
            return stream.ToArray();
        }
    }
}
