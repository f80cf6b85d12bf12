using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

[Collection(nameof(Torch))]
public sealed class LossTests : IDisposable
{
    private const string Kind = "llama full";
    private readonly CausalModel model = Tiny.Model(Kind);
    private readonly List<TrainingSession> opened = [];

    public void Dispose()
    {
        opened.ForEach(session => session.Dispose());
        model.Dispose();
    }

    [Fact]
    public void Cross_entropy_is_the_weighted_mean_of_a_batch_and_the_weighted_sum_beside_it()
    {
        var session = Open(LossNormalization.TokenSum);
        var example = Example.Causal([3, 1, 4, 1, 5]) with { Weights = [1, 0, 0.5f, -2] };
        var result = Forward(session, LossFunction.CrossEntropy, example);
        var logprobs = result.Logprobs!.Single();
        var sum = -(logprobs[0] + (0.5 * logprobs[2]) - (2 * logprobs[3]));
        Assert.Equal(sum, result.LossSum!.Value, 1e-4);
        Assert.Equal(sum / 3.5, result.Loss!.Value, 1e-4);
        Assert.Equal((1, 3L), (result.Examples, result.Tokens));
        Assert.InRange(logprobs.Average(), -2 * Math.Log(Tiny.Vocabulary), -0.5 * Math.Log(Tiny.Vocabulary));
    }

    [Fact]
    public void Logprobs_are_those_of_the_model()
    {
        var session = Open(LossNormalization.RecordMean);
        int[] tokens = [7, 8, 9, 10];
        var result = Forward(session, LossFunction.CrossEntropy, Example.Causal(tokens));
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        var logits = model.Forward(torch.tensor<long>([7, 8, 9], [1, 3]), null, null);
        var all = torch.nn.functional.log_softmax(logits, -1).ToArray<float>();
        for (var at = 0; at < 3; at++)
        {
            Assert.Equal(all[(at * Tiny.Vocabulary) + tokens[at + 1]], result.Logprobs![0][at], 1e-5);
        }
    }

    [Fact]
    public void Importance_sampling_and_ppo_are_what_their_formulas_say()
    {
        var session = Open(LossNormalization.TokenSum);
        var example = Example.Causal([3, 1, 4, 1, 5]);
        var logprobs = Forward(session, LossFunction.CrossEntropy, example).Logprobs!.Single();
        float[] shifts = [0.5f, -0.5f, 0.1f, 0];
        float[] advantages = [1, 1, -2, 3];
        var sampled = example with
        {
            Logprobs = [.. logprobs.Zip(shifts, (now, shift) => now - shift)],
            Advantages = advantages,
        };
        var ratios = shifts.Select(shift => Math.Exp(shift)).ToArray();
        var importance = -ratios.Zip(advantages, (ratio, advantage) => ratio * advantage).Sum();
        Assert.Equal(importance, Forward(session, LossFunction.ImportanceSampling, sampled).LossSum!.Value, 1e-3);
        foreach (var (low, high) in new[] { (0.8, 1.2), (0.9, 1.05) })
        {
            var ppo = -ratios
                .Zip(
                    advantages,
                    (ratio, advantage) => Math.Min(ratio * advantage, Math.Clamp(ratio, low, high) * advantage)
                )
                .Sum();
            Assert.Equal(ppo, Forward(session, LossFunction.Ppo(low, high), sampled).LossSum!.Value, 1e-3);
        }
    }

    [Fact]
    public void At_the_policy_it_was_sampled_from_importance_sampling_has_the_gradient_of_weighted_cross_entropy()
    {
        var session = Open(LossNormalization.TokenSum);
        var example = Example.Causal([3, 1, 4, 1, 5]);
        float[] advantages = [1, -0.5f, 2, 0];
        var logprobs = Forward(session, LossFunction.CrossEntropy, example).Logprobs!.Single();
        var weighted = Gradient(session, LossFunction.CrossEntropy, example with { Weights = advantages });
        var sampled = example with { Logprobs = logprobs, Advantages = advantages };
        foreach (var loss in new[] { LossFunction.ImportanceSampling, LossFunction.Ppo() })
        {
            Assert.InRange(Tiny.Distance(weighted, Gradient(session, loss, sampled)), 0, 1e-4 * Tiny.Norm(weighted));
        }
    }

    [Fact]
    public void Ppo_has_no_gradient_where_the_ratio_is_held()
    {
        var session = Open(LossNormalization.TokenSum);
        var example = Example.Causal([3, 1, 4]);
        var logprobs = Forward(session, LossFunction.CrossEntropy, example).Logprobs!.Single();
        var far = example with { Logprobs = [.. logprobs.Select(now => now - 1)], Advantages = [1, 1] };
        Assert.All(Gradient(session, LossFunction.Ppo(), far), value => Assert.Equal(0, value));
        Assert.NotEqual(0, Tiny.Norm(Gradient(session, LossFunction.ImportanceSampling, far)));
    }

    [Fact]
    public void Padding_masks_and_ignored_labels_are_left_out()
    {
        var session = Open(LossNormalization.RecordMean);
        var plain = Result(
            session,
            ExampleBatch.FromRows([
                [3, 1, 4, 1, 5],
            ])
        );
        foreach (
            var batch in new[]
            {
                ExampleBatch.FromRows(
                    [
                        [3, 1, 4, 1, 5, 0, 0],
                    ],
                    [
                        [1, 1, 1, 1, 1, 0, 0],
                    ]
                ),
                ExampleBatch.FromRows(
                    [
                        [0, 0, 3, 1, 4, 1, 5],
                    ],
                    [
                        [0, 0, 1, 1, 1, 1, 1],
                    ]
                ),
                ExampleBatch.FromRows(
                    [
                        [3, 1, 4, 1, 5],
                    ],
                    null,
                    [
                        [3, 1, 4, 1, 5],
                    ]
                ),
            }
        )
        {
            Assert.Equal(plain.Loss!.Value, Result(session, batch).Loss!.Value, 1e-5);
        }

        var ignored = Result(
            session,
            ExampleBatch.FromRows(
                [
                    [3, 1, 4, 1, 5],
                ],
                null,
                [
                    [-100, -100, 4, 1, -100],
                ]
            )
        );
        Assert.Equal(2, ignored.Tokens);
        Assert.Equal(-(plain.Logprobs![0][1] + plain.Logprobs[0][2]) / 2, ignored.Loss!.Value, 1e-5);
        var nothing = Result(
            session,
            ExampleBatch.FromRows(
                [
                    [3],
                    [1, 2],
                ],
                [
                    [1],
                    [0, 0],
                ]
            )
        );
        Assert.Equal((null, 0L), (nothing.Loss, nothing.Tokens));
    }

    [Fact]
    public void Rows_of_different_lengths_keep_their_order()
    {
        var session = Open(LossNormalization.RecordMean);
        var together = Forward(session, LossFunction.CrossEntropy, Tiny.Examples()).Logprobs!;
        for (var row = 0; row < Tiny.Records; row++)
        {
            var alone = Forward(session, LossFunction.CrossEntropy, Tiny.Examples()[row]).Logprobs!.Single();
            Assert.Equal(alone.Length, together[row].Length);
            Assert.All(alone.Zip(together[row]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
    }

    [Fact]
    public void Accumulated_calls_are_one_batch()
    {
        var session = Open(LossNormalization.RecordMean);
        var whole = Gradient(session, LossFunction.CrossEntropy, Tiny.Examples());
        session.ForwardBackward(ExampleBatch.FromData(Tiny.Examples()[..5]), LossFunction.CrossEntropy);
        var parts = Gradient(session, LossFunction.CrossEntropy, Tiny.Examples()[5..]);
        Assert.InRange(Tiny.Distance(whole, parts), 0, 1e-5 * Tiny.Norm(whole));
    }

    [Fact]
    public void Forward_alone_changes_nothing()
    {
        var session = Open(LossNormalization.RecordMean);
        var before = Tiny.Weights(model);
        Forward(session, LossFunction.CrossEntropy, Tiny.Examples());
        Assert.False(session.HasAccumulated);
        Assert.Equal(before, Tiny.Weights(model));
    }

    [Fact]
    public void It_learns()
    {
        var session = Open(LossNormalization.RecordMean);
        var data = Tiny.Data();
        var first = session.TrainStep(data, new() { LearningRate = 0.01 });
        for (var step = 0; step < 60; step++)
        {
            session.TrainStep(data, new() { LearningRate = 0.01 });
        }

        var last = session.TrainStep(data, new() { LearningRate = 0.01 });
        Assert.True(last.Loss < 0.5 * first.Loss, $"{first.Loss} became {last.Loss}");
    }

    [Fact]
    public void What_is_no_batch_is_refused_with_the_reason()
    {
        var session = Open(LossNormalization.RecordMean);
        (ExampleBatch Batch, LossFunction Loss, string Reason)[] refused =
        [
            (
                ExampleBatch.FromRows([
                    [1, 48],
                ]),
                LossFunction.CrossEntropy,
                "vocabulary"
            ),
            (
                ExampleBatch.FromRows(
                    [
                        [1, 2],
                    ],
                    null,
                    [
                        [1, 99],
                    ]
                ),
                LossFunction.CrossEntropy,
                "vocabulary"
            ),
            (
                ExampleBatch.FromRows([
                    [.. new int[40]],
                ]),
                LossFunction.CrossEntropy,
                "max_seq_length"
            ),
            (ExampleBatch.FromData([new([1, 2], [2])]), LossFunction.CrossEntropy, "another length"),
            (ExampleBatch.FromData([new([1], [2])]), LossFunction.Ppo(), "logprobs and advantages"),
        ];
        foreach (var (batch, loss, reason) in refused)
        {
            var refusal = Assert.Throws<TrainingRefusedException>(() => session.ForwardBackward(batch, loss));
            Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        }

        Assert.False(session.HasAccumulated);
        Assert.Throws<TrainingRefusedException>(() => ExampleBatch.FromData([]));
        Assert.Throws<TrainingRefusedException>(() =>
            ExampleBatch.FromRows(
                [
                    [1, 2, 3],
                ],
                [
                    [1, 0, 1],
                ]
            )
        );
        Assert.Throws<TrainingRefusedException>(() =>
            ExampleBatch.FromRows(
                [
                    [1, 2, 3],
                ],
                [
                    [1, 1],
                ]
            )
        );
        Assert.Throws<TrainingRefusedException>(() =>
            ExampleBatch.FromRows(
                [
                    [1, 2, 3],
                ],
                [
                    [1, 1, 1],
                    [1],
                ]
            )
        );
        Assert.Throws<TrainingRefusedException>(() => LossFunction.Parse("mse"));
        Assert.Throws<TrainingRefusedException>(() => LossFunction.Parse("cross_entropy", Config("beta", 1)));
        Assert.Throws<TrainingRefusedException>(() => LossFunction.Parse("ppo", Config("clip_low_threshold", 1.1)));
        Assert.Equal(LossFunction.Ppo(0.9), LossFunction.Parse("ppo", Config("clip_low_threshold", 0.9)));
    }

    private static Dictionary<string, double> Config(string name, double value) =>
        new(StringComparer.Ordinal) { [name] = value };

    private static ForwardBackwardResult Forward(
        TrainingSession session,
        LossFunction loss,
        params Example[] examples
    ) => session.ForwardBackward(ExampleBatch.FromData(examples), loss, forwardOnly: true);

    private static ForwardBackwardResult Result(TrainingSession session, ExampleBatch batch) =>
        session.ForwardBackward(batch, LossFunction.CrossEntropy, forwardOnly: true);

    private static float[] Gradient(TrainingSession session, LossFunction loss, params Example[] examples)
    {
        session.ForwardBackward(ExampleBatch.FromData(examples), loss);
        var gradient = Tiny.Flat(session.Accumulated.Sums);
        session.Accumulated.Clear();
        return gradient;
    }

    private TrainingSession Open(LossNormalization normalization)
    {
        opened.Add(Tiny.Open(Tiny.Plain(Kind) with { Normalization = normalization }, model));
        return opened[^1];
    }
}
