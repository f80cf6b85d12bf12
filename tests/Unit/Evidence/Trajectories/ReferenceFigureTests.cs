using System.Text.Json;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>Every figure of the reference implementation, on every recorded run.</summary>
public sealed class ReferenceFigureTests
{
    // The reference rounds its figures to six decimals.
    private const double Rounding = 1e-6;

    [Fact]
    public void Reproduces_every_figure_of_every_recorded_run()
    {
        var runs = RecordedRuns.All();
        Assert.Equal(30, runs.Count);
        foreach (var run in runs)
        {
            var reference = RecordedRuns.Reference(run.Id).GetProperty("reference");
            var score = RecordedRuns.Score(run);
            var statistic = score.Statistic;
            Assert.NotNull(statistic);
            Near(run, "score", statistic.Score, reference.GetProperty("score"));
            Near(run, "n_eff", statistic.EffectivePoints, reference.GetProperty("n_eff"));
            Near(run, "ci low", statistic.IntervalLow, reference.GetProperty("ci")[0]);
            Near(run, "ci high", statistic.IntervalHigh, reference.GetProperty("ci")[1]);
            Near(run, "p_shift", statistic.ShiftProbability, reference.GetProperty("p_shift"));
            Near(run, "null_sd", statistic.NullStandardDeviation, reference.GetProperty("null_sd"));
            Near(run, "null_mean", statistic.NullMean, reference.GetProperty("null_mean"));
            Near(run, "log10_lr", statistic.Log10LikelihoodRatio, reference.GetProperty("log10_lr"));
            Near(run, "explained", statistic.Explained, reference.GetProperty("explained"));
            var tail = reference.GetProperty("p_tail").GetDouble();
            Assert.True(Math.Abs(statistic.TailProbability / tail - 1) < 1e-7, $"{run.Id} p_tail");
            Assert.Equal(reference.GetProperty("n").GetInt32(), score.Usable);
            Assert.Equal(reference.GetProperty("spikes_dropped").GetInt32(), score.SpikesDropped);
            Assert.Equal(reference.GetProperty("grade").GetString(), statistic.Grade.ToString(), ignoreCase: true);
            Assert.Equal(reference.GetProperty("warning").GetString() != "", statistic.ImplausiblyGood);
        }
    }

    [Fact]
    public void Reproduces_the_cleaning_counts_and_the_flagged_ranges()
    {
        foreach (var run in RecordedRuns.All())
        {
            var document = RecordedRuns.Reference(run.Id);
            var cleaning = document.GetProperty("cleaning");
            var score = RecordedRuns.Score(run);
            Assert.Equal(cleaning.GetProperty("superseded").GetInt32(), score.Superseded);
            Assert.Equal(cleaning.GetProperty("non_finite").GetInt32(), score.NonFinite);
            Assert.Equal(cleaning.GetProperty("segments").GetInt32(), LossSeries.Clean(run.Points).Resumes + 1);
            var expected = document
                .GetProperty("reference")
                .GetProperty("flagged_ranges_after_warmup")
                .EnumerateArray()
                .Select(range => new PointRange(range[0].GetInt32(), range[1].GetInt32()));
            Assert.Equal(expected, Localiser.Locate(score).Points);
        }
    }

    private static void Near(RunFile run, string figure, double actual, JsonElement expected) =>
        Assert.True(
            Math.Abs(actual - expected.GetDouble()) < Rounding,
            $"{run.Id} {figure}: {actual} is not {expected.GetDouble()}"
        );
}
