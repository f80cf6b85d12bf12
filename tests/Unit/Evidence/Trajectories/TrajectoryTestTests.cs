using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class TrajectoryTestTests
{
    private static readonly MadeUpRun Run = new(300);

    [Fact]
    public void Finds_the_batches_that_the_losses_were_computed_on()
    {
        Assert.True(Run.Score().Statistic!.Score > 0.9);
        Assert.Equal(Verdict.Consistent, Run.Verdict(Run.Points).Outcome);
    }

    [Fact]
    public void Does_not_find_the_same_batches_one_step_off()
    {
        var shifted = Run.Points.Select(
            (point, i) => point with { Batch = Run.Points[(i + 1) % Run.Points.Length].Batch }
        );
        Assert.Equal(Verdict.Inconsistent, Run.Verdict([.. shifted]).Outcome);
    }

    [Fact]
    public void Gives_the_same_bits_each_time()
    {
        var first = Run.Score();
        var second = Run.Score();
        Assert.Equal(first.Statistic, second.Statistic);
        Assert.Equal(first.Observed, second.Observed);
        Assert.Equal(first.Predicted, second.Predicted);
    }

    [Theory]
    [InlineData(2.0, 0)]
    [InlineData(1.0 / 1024, 0)]
    [InlineData(1.0, 5)]
    [InlineData(3.7, -2)]
    [InlineData(1e-5, 100e-5)]
    [InlineData(1e12, 7e12)]
    public void Does_not_depend_on_the_unit_or_the_zero_of_the_loss(double scale, double offset)
    {
        var statistic = Run.Score().Statistic!;
        var other = Run.Score([.. Run.Points.Select(p => p with { Loss = (scale * p.Loss) + offset })]).Statistic!;
        Assert.Equal(statistic.Score, other.Score, 1e-9);
        Assert.Equal(statistic.NullMean, other.NullMean, 1e-9);
        Assert.Equal(statistic.EffectivePoints, other.EffectivePoints, 1e-6);
        Assert.Equal(statistic.ShiftProbability, other.ShiftProbability);
    }

    [Fact]
    public void Does_not_depend_on_how_a_batch_was_split_or_ordered()
    {
        var split = Run.Points.Select(point =>
        {
            var records = point.Batch![0].Records.Reverse().ToArray();
            return point with { Batch = [new(records[..1]), new(records[1..])] };
        });
        Assert.Equal(Run.Score().Statistic, Run.Score([.. split]).Statistic);
    }

    [Fact]
    public void Ignores_what_a_resume_superseded()
    {
        var abandoned = Run.Points[100..130].Select(point => point with { Loss = 50 });
        LossPoint[] log = [.. Run.Points[..100], .. abandoned, .. Run.Points[100..]];
        var score = Run.Score(log);
        Assert.Equal(30, score.Superseded);
        Assert.Equal(Enumerable.Range(20, 280).Select(step => (long)step), score.Steps);
        Assert.Equal(Verdict.Consistent, Run.Verdict(log).Outcome);
    }

    [Fact]
    public void Leaves_out_losses_that_are_not_finite_with_their_batches()
    {
        var log = Run.Points.ToArray();
        log[50] = log[50] with { Loss = double.NaN };
        log[60] = log[60] with { Loss = double.PositiveInfinity };
        log[61] = log[61] with { Loss = double.NegativeInfinity };
        var score = Run.Score(log);
        Assert.Equal(3, score.NonFinite);
        Assert.DoesNotContain(50L, score.Steps);
        Assert.Equal(Verdict.Consistent, Run.Verdict(log).Outcome);
    }

    [Fact]
    public void Leaves_out_isolated_explosions_of_any_size()
    {
        var log = Run.Points.ToArray();
        log[70] = log[70] with { Loss = 40 };
        log[170] = log[170] with { Loss = double.MaxValue };
        log[270] = log[270] with { Loss = -double.MaxValue };
        var score = Run.Score(log);
        Assert.Equal(3, score.SpikesDropped);
        Assert.Equal(Verdict.Consistent, Run.Verdict(log).Outcome);
    }

    [Fact]
    public void Leaves_out_points_whose_records_were_never_committed()
    {
        var log = Run.Points.ToArray();
        log[40] = log[40] with { Batch = null };
        log[41] = log[41] with { Batch = [] };
        log[42] = log[42] with { Batch = [new([int.MaxValue])] };
        log[43] = log[43] with { Batch = [new([0]), new([-1])] };
        Assert.Equal(4, Run.Score(log).WithoutBatch);
    }

    [Fact]
    public void Locates_a_stretch_trained_on_something_else()
    {
        var log = Run.Points.ToArray();
        for (var i = 150; i < 210; i++)
        {
            log[i] = log[i] with { Batch = Run.Points[(i + 37) % 60].Batch };
        }

        var score = Run.Score(log);
        var range = Assert.Single(Localiser.Locate(score).Steps);
        Assert.InRange(range.From, 140, 160);
        Assert.InRange(range.To, 200, 220);
        var verdict = Run.Verdict(log);
        Assert.Equal(Verdict.PartlyConsistent, verdict.Outcome);
        Assert.Contains($"{range.From}..{range.To}", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_the_batch_length_out_of_both_sides()
    {
        var random = new Random(3);
        var tokens = Run.Points.Select(_ => (long)random.Next(100, 400)).ToArray();
        var log = Run
            .Points.Select((p, i) => p with { Loss = p.Loss + (300.0 / tokens[i]), Tokens = tokens[i] })
            .ToArray();
        var without = Run.Score([.. log.Select(point => point with { Tokens = null })]).Statistic!.Score;
        var with = Run.Score(log).Statistic!.Score;
        Assert.True(with > 0.9 && with > without + 0.1, $"{with} {without}");
    }

    [Fact]
    public void Same_batch_lengths_change_nothing()
    {
        var log = Run.Points.Select(point => point with { Tokens = 512 }).ToArray();
        Assert.Equal(Run.Score().Statistic, Run.Score(log).Statistic);
    }

    [Fact]
    public void Detrends_each_epoch_by_itself()
    {
        var log = Run.Points.Select((p, i) => p with { Batch = [new(p.Batch![0].Records, Epoch: i / 50)] }).ToArray();
        Assert.Equal(5, LossSeries.Clean(log).Segments[^1]);
        Assert.Equal(Verdict.Consistent, Run.Verdict(log).Outcome);
    }
}
