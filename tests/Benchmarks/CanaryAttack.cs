using Lace.Privacy;
using Lace.Torch;
using Lace.Torch.optim;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.Benchmarks;

/// <summary>
/// Membership inference on canaries: random records, of which half are put into the training set, once each. Who has the trained model
/// and the one it began with guesses for each canary whether it was in, by how far its loss fell (Carlini et al., arXiv 1802.08232).
/// </summary>
/// <param name="Background">Records of a language that can be learned.</param>
/// <param name="Canaries">In and out together.</param>
internal sealed record CanaryAttack(int Background, int Canaries, int Steps, double SampleRate, int Layers, int Width)
{
    public const double Delta = 1e-5;

    private const int Vocabulary = 32;
    private const int Length = 16;

    /// <summary>Trains and attacks.</summary>
    /// <param name="epsilon">Null: without privacy.</param>
    public CanaryOutcome Run(double? epsilon, double learningRate, long seed)
    {
        var random = new Random((int)seed);
        var language = new Language(random);
        var canaries = Enumerable.Range(0, Canaries).Select(_ => Uniform(random)).ToArray();
        var inside = canaries[..(Canaries / 2)];
        int[][] records = [.. Enumerable.Range(0, Background).Select(_ => language.Sentence()), .. inside];
        var unseen = Enumerable.Range(0, 200).Select(_ => language.Sentence()).ToArray();

        using var model = CausalModel.Initialize(ModelConfig.Parse(Config()), ScalarType.Float32, torch.CPU, seed);
        using var key = NoiseKey.Generate();
        using var session = TrainingSession.Open(Plan(epsilon, records.Length), model, key);
        var (before, language0) = (Losses(session, canaries), Losses(session, unseen).Average());
        var data = TokenizedDataset.Of(records, Length);
        for (var step = 0; step < Steps; step++)
        {
            session.TrainStep(data, new OptimizerParameters { LearningRate = learningRate });
        }

        var after = Losses(session, canaries);
        var fell = before.Zip(after, (start, end) => start - end).ToArray();
        return new CanaryOutcome(
            fell[..(Canaries / 2)],
            fell[(Canaries / 2)..],
            language0,
            Losses(session, unseen).Average(),
            session.Plan.Privacy?.NoiseMultiplier ?? 0,
            session.History
        );
    }

    private TrainingPlan Plan(double? epsilon, int records) =>
        new()
        {
            Sampling = new SamplingPlan(records, SampleRate),
            MaxSequenceLength = Length,
            MicroBatch = 64,
            Privacy = epsilon is not { } budget
                ? null
                : new PrivacyPlan
                {
                    NoiseMultiplier = Calibration.NoiseFor(Accountant.Pld, budget, Delta, SampleRate, Steps)!.Value,
                    Delta = Delta,
                },
        };

    private string Config() =>
        $$"""
            { "architectures": ["GPT2LMHeadModel"], "vocab_size": {{Vocabulary}}, "n_embd": {{Width}}, "n_head": 4,
              "n_layer": {{Layers}}, "n_positions": {{Length}} }
            """;

    private static double[] Losses(TrainingSession session, int[][] records) =>
        [
            .. session
                .ForwardBackward(
                    ExampleBatch.FromData([.. records.Select(record => Example.Causal(record))]),
                    LossFunction.CrossEntropy,
                    forwardOnly: true
                )
                .Logprobs!.Select(logprobs => -logprobs.Average()),
        ];

    private static int[] Uniform(Random random) =>
        [.. Enumerable.Range(0, Length).Select(_ => random.Next(Vocabulary))];

    /// <summary>Each token is followed by one of two, chosen once.</summary>
    private sealed class Language(Random random)
    {
        private readonly int[][] next =
        [
            .. Enumerable
                .Range(0, Vocabulary)
                .Select(_ => Enumerable.Range(0, 2).Select(_ => random.Next(Vocabulary)).ToArray()),
        ];

        public int[] Sentence()
        {
            var sentence = new int[Length];
            sentence[0] = random.Next(Vocabulary);
            for (var at = 1; at < Length; at++)
            {
                sentence[at] = next[sentence[at - 1]][random.Next(2)];
            }

            return sentence;
        }
    }
}
