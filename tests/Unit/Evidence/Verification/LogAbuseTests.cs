using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Verification;

/// <summary>Ways to keep what does not fit out of the test while the log stays well formed.</summary>
public sealed class LogAbuseTests
{
    [Theory]
    [InlineData(false, "CONSISTENT")]
    [InlineData(true, "PARTLY_CONSISTENT")]
    public void Losses_that_a_resume_voids_have_to_fit_as_well(bool other, string verdict)
    {
        var run = new TrainedRun();
        if (other)
        {
            run.TrainOnOtherBatches(100..200);
        }

        for (var i = TrainedRun.Batches; i < run.Points.Count; i++)
        {
            run.Points[i] = run.Points[i] with { Step = run.Points[i].Step - 100 };
        }

        var result = run.Verify();
        Assert.Equal(100, result.Run.Superseded);
        Assert.Equal(verdict, result.Verdict);
        if (other)
        {
            Checked.Failed(result, CheckNames.UndeclaredSteps, "superseded");
            Assert.Equal(2, result.Level);
        }
    }

    [Fact]
    public void Points_that_are_left_out_count_together_whatever_the_reason()
    {
        var run = new TrainedRun();
        run.Points[390] = run.Points[390] with { Loss = double.NaN };
        for (var i = 0; i < 6; i++)
        {
            run.Points[40 + (50 * i)] = run.Points[40 + (50 * i)] with { Loss = 100 };
            run.Points[60 + (50 * i)] = run.Points[60 + (50 * i)] with { Loss = double.NaN };
        }

        var result = run.Verify();
        Assert.Equal("PARTLY_CONSISTENT", result.Verdict);
        Assert.Equal(7, result.Run.NonFinite);
        Checked.Failed(result, CheckNames.UndeclaredSteps, "spikes");
    }

    [Fact]
    public void The_best_of_many_runs_needs_a_smaller_probability()
    {
        // The loss is made noisier until the run, taken alone, is just above the mark.
        var run = Enumerable
            .Range(1, 60)
            .Select(Noisy)
            .First(run =>
                run.Verify() is { Verdict: "CONSISTENT" or "PARTLY_CONSISTENT", Statistic.PTail: > 1e-12 and < 1e-6 }
            );

        var oneOfMany = run.Verify([
            .. Enumerable.Range(0, RunVerification.MaxOtherRuns).Select(i => $"run-20261120-140000-{i:D6}"),
        ]);
        Assert.Equal("INCONCLUSIVE", oneOfMany.Verdict);
        Assert.Contains("100 other runs", oneOfMany.Reason, StringComparison.Ordinal);
        Checked.Failed(oneOfMany, CheckNames.Trajectory, "Score");
        Assert.DoesNotContain(oneOfMany.Shows, sentence => sentence.Contains("follows", StringComparison.Ordinal));
    }

    [Fact]
    public void One_fresh_loss_does_not_make_a_segment_of_old_ones_live()
    {
        var run = new TrainedRun { Delay = _ => TimeSpan.Zero };
        for (var i = run.SegmentPoints - 1; i < run.Points.Count; i += run.SegmentPoints)
        {
            run.Points[i] = run.Points[i] with { AtMilliseconds = run.Points[i].AtMilliseconds + 11 * 60_000 };
        }

        Checked.Failed(run.Verify(), CheckNames.ReceivedLive, "400 of 400");
    }

    [Fact]
    public void The_same_losses_logged_twice_are_out_of_turn()
    {
        var run = new TrainedRun();
        run.Points.InsertRange(1, [run.Points[0] with { Step = 1 }]);
        run.Points.RemoveAt(run.Points.Count - 1);
        Checked.Failed(run.Verify(), CheckNames.OrderBound, "out of turn");
    }

    [Fact]
    public void What_is_left_out_of_the_test_is_said()
    {
        var result = new TrainedRun().Verify();
        Assert.Contains(result.DoesNotShow, s => s.Contains("first 20 points", StringComparison.Ordinal));
        Assert.Contains(result.DoesNotShow, s => s.Contains("only attempt", StringComparison.Ordinal));
        Assert.Contains(result.DoesNotShow, s => s.Contains("client's word", StringComparison.Ordinal));
    }

    private static TrainedRun Noisy(int much)
    {
        const int Logged = 120;
        var random = new Random(3);
        var run = new TrainedRun(epochs: 1) { TailAt = Logged };
        run.Points.RemoveRange(Logged, run.Points.Count - Logged);
        for (var i = 0; i < Logged; i++)
        {
            run.Points[i] = run.Points[i] with
            {
                Loss = run.Points[i].Loss + (0.02 * much * (random.NextDouble() - 0.5)),
            };
        }

        return run;
    }
}
