using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>Series that can show nothing: inconclusive with the reason, never a number, never an accusation.</summary>
public sealed class NoNumberTests
{
    private static readonly MadeUpRun Run = new(260);

    [Fact]
    public void Says_nothing_about_an_empty_log() => Inconclusive([], TrajectoryObstacle.TooFewPoints);

    [Fact]
    public void Says_nothing_below_forty_usable_points()
    {
        Inconclusive(Run.Points[..52], TrajectoryObstacle.TooFewPoints);
        Assert.Equal(40, Run.Score(Run.Points[..53]).Usable);
        Assert.NotNull(Run.Score(Run.Points[..53]).Statistic);
    }

    [Fact]
    public void Says_nothing_without_batches() =>
        Inconclusive([.. Run.Points.Select(point => point with { Batch = null })], TrajectoryObstacle.NoBatches);

    [Fact]
    public void Says_nothing_about_a_constant_loss() => Inconclusive(With(_ => 2.5), TrajectoryObstacle.SmoothLoss);

    [Fact]
    public void Says_nothing_about_a_straight_line() =>
        Inconclusive(With(i => 5 - (0.01 * i)), TrajectoryObstacle.SmoothLoss);

    [Fact]
    public void Says_nothing_about_denormal_losses() =>
        Inconclusive(With(i => (i % 7) * double.Epsilon), TrajectoryObstacle.SmoothLoss);

    [Fact]
    public void Says_nothing_where_every_loss_is_not_a_number() =>
        Inconclusive(With(_ => double.NaN), TrajectoryObstacle.TooFewPoints);

    [Fact]
    public void Says_nothing_about_losses_at_the_end_of_the_doubles() =>
        Inconclusive(With(i => i % 2 == 0 ? 1e308 : -1e308), TrajectoryObstacle.OutOfRange);

    [Fact]
    public void Says_nothing_where_all_batches_are_alike() =>
        Inconclusive(
            [.. Run.Points.Select(point => point with { Batch = Run.Points[0].Batch })],
            TrajectoryObstacle.EqualBatches
        );

    [Fact]
    public void Says_nothing_where_the_records_have_no_bytes()
    {
        var score = TrajectoryTest.Run(Run.Points, _ => default(RecordFeatures));
        Assert.Equal(TrajectoryObstacle.EqualBatches, score.Obstacle);
    }

    [Fact]
    public void Says_nothing_where_epochs_are_too_short_to_have_a_trend() =>
        Inconclusive(
            [.. Run.Points.Select((p, i) => p with { Batch = [new(p.Batch![0].Records, Epoch: i / 3)] })],
            TrajectoryObstacle.SmoothLoss
        );

    [Fact]
    public void Every_figure_is_finite_for_any_losses_and_features()
    {
        double[] losses =
        [
            0,
            -0.0,
            1,
            3,
            1e-320,
            1e-12,
            1e200,
            -1e200,
            1e308,
            double.MaxValue,
            double.NaN,
            double.PositiveInfinity,
        ];
        long[] features = [0, 1, 7, 1L << 40, (1L << 53) - 1, long.MaxValue];
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var kinds = random.Next(1, losses.Length);
            var count = random.Next(0, 160);
            var records = new RecordFeatures[20];
            foreach (ref var record in records.AsSpan())
            {
                for (var i = 0; i < RecordFeatures.Count; i++)
                {
                    record[i] = features[random.Next(features.Length)];
                }
            }

            var points = new LossPoint[count];
            for (var i = 0; i < count; i++)
            {
                points[i] = new(
                    random.Next(20) == 0 ? random.Next(i + 1) : i,
                    losses[random.Next(kinds)] * random.NextDouble(),
                    [new([random.Next(20), random.Next(20)], random.Next(3) == 0 ? random.Next(3) : null)],
                    random.Next(30) == 0 ? null : random.Next(5) * (long)random.Next()
                );
            }

            AssertFinite(seed, TrajectoryTest.Run(points, record => records[record]));
        }
    }

    private static void AssertFinite(int seed, TrajectoryScore score)
    {
        var verdict = TrajectoryVerdict.Of(score, Localiser.Locate(score), orderBound: true);
        Assert.NotEqual(Verdict.Inconsistent, verdict.Outcome);
        Assert.Equal(score.Statistic is null, score.Obstacle != TrajectoryObstacle.None);
        if (score.Statistic is { } s)
        {
            double[] figures =
            [
                s.Score,
                s.EffectivePoints,
                s.TailProbability,
                s.ShiftProbability,
                s.IntervalLow,
                s.IntervalHigh,
                s.NullMean,
                s.NullStandardDeviation,
                s.Log10LikelihoodRatio,
                s.Explained,
            ];
            Assert.True(figures.Concat(score.Observed).Concat(score.Predicted).All(double.IsFinite), $"seed {seed}");
        }
    }

    private static LossPoint[] With(Func<int, double> loss) =>
        [.. Run.Points.Select((point, i) => point with { Loss = loss(i) })];

    private static void Inconclusive(LossPoint[] points, TrajectoryObstacle obstacle)
    {
        var score = Run.Score(points);
        Assert.Equal(obstacle, score.Obstacle);
        Assert.Null(score.Statistic);
        Assert.Empty(score.Observed);
        var verdict = Run.Verdict(points);
        Assert.Equal(Verdict.Inconclusive, verdict.Outcome);
        Assert.Equal("NONE", verdict.Alias);
        Assert.NotEmpty(verdict.Reason);
        Assert.Empty(Localiser.Locate(score).Steps);
    }
}
