using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.Worker.Checks;

/// <summary>One model in training on made-up tokens, private or not; the same seeds give the same model and batch on every device.</summary>
internal sealed class CheckedTraining : IDisposable
{
    private const int Seed = 20_261;

    private static readonly byte[] Key = [.. Enumerable.Range(0, NoiseKey.Size).Select(i => (byte)i)];

    private readonly ExampleBatch batch;

    public CheckedTraining(CheckedShape shape, Device device, bool isPrivate)
    {
        Model = CausalModel.Initialize(shape.Config, shape.Type, device, Seed);
        if (shape.Lora is { } lora)
        {
            Model.AddLora(lora, Seed);
        }

        var plan = new TrainingPlan
        {
            Lora = shape.Lora,
            MaxSequenceLength = shape.Tokens,
            MicroBatch = shape.Examples,
            Sampling = new SamplingPlan(1_000_000, shape.Examples / 1e6),
            Privacy = isPrivate ? new PrivacyPlan { NoiseMultiplier = 1, Delta = 1e-7 } : null,
        };
        using var key = NoiseKey.FromBytes(Key);
        Session = TrainingSession.Open(plan, Model, key);
        var random = new Random(Seed);
        batch = ExampleBatch.FromData([
            .. Enumerable
                .Range(0, shape.Examples)
                .Select(_ =>
                    Example.Causal([
                        .. Enumerable.Range(0, shape.Tokens).Select(_ => random.Next(shape.Config.VocabSize)),
                    ])
                ),
        ]);
    }

    public CausalModel Model { get; }

    public TrainingSession Session { get; }

    /// <summary>Adds the batch's gradient to the sums.</summary>
    public void Accumulate() => Session.ForwardBackward(batch, LossFunction.CrossEntropy);

    /// <summary>Forward, backward, clipping and noise where private, optimizer.</summary>
    public void Step()
    {
        Accumulate();
        Session.OptimStep();
    }

    /// <summary>Log-probabilities of the batch's targets.</summary>
    public float[] Logprobs() =>
        [
            .. Session
                .ForwardBackward(batch, LossFunction.CrossEntropy, forwardOnly: true)
                .Logprobs!.SelectMany(row => row),
        ];

    public void Dispose()
    {
        Session.Dispose();
        Model.Dispose();
    }
}

/// <param name="Lora">Null: all weights are trained.</param>
/// <param name="Examples">Of a batch, all of one length.</param>
internal sealed record CheckedShape(
    string Name,
    ModelConfig Config,
    LoraSettings? Lora,
    ScalarType Type,
    int Examples,
    int Tokens
);
