using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>The verdict on each recorded run, as the rule gives it.</summary>
public sealed class RecordedVerdictTests
{
    [Theory]
    [InlineData("r01", "CONSISTENT")]
    [InlineData("r03", "CONSISTENT")]
    [InlineData("r05", "CONSISTENT")]
    [InlineData("r07", "CONSISTENT")]
    [InlineData("r09", "CONSISTENT")]
    [InlineData("r11", "CONSISTENT")]
    [InlineData("r13", "CONSISTENT")]
    [InlineData("r15", "CONSISTENT")]
    [InlineData("r17", "CONSISTENT")]
    // A true run in document order: neighbouring batches are alike, two stretches early in it follow the claim less well.
    [InlineData("r19", "PARTLY_CONSISTENT")]
    [InlineData("r21", "CONSISTENT")]
    [InlineData("r23", "CONSISTENT")]
    [InlineData("r25", "CONSISTENT")]
    [InlineData("r27", "INCONSISTENT")]
    [InlineData("r29", "INCONSISTENT")]
    [InlineData("r31", "INCONSISTENT")]
    [InlineData("r32", "INCONSISTENT")]
    [InlineData("r34", "INCONSISTENT")]
    // Undeclared records spread evenly over all batches: one run's losses cannot tell 10 or 25 % of them from a weaker fit.
    [InlineData("r36", "CONSISTENT")]
    [InlineData("r38", "CONSISTENT")]
    [InlineData("r40", "INCONCLUSIVE")]
    [InlineData("r42", "PARTLY_CONSISTENT")]
    [InlineData("r44", "PARTLY_CONSISTENT")]
    // Frauds that no loss statistic can see; `lace score` says which assumption each breaks.
    [InlineData("r46", "CONSISTENT")]
    [InlineData("r48", "CONSISTENT")]
    [InlineData("r51", "CONSISTENT")]
    [InlineData("r52", "CONSISTENT")]
    [InlineData("r53", "CONSISTENT")]
    [InlineData("r54", "CONSISTENT")]
    [InlineData("r56", "CONSISTENT")]
    public void Is_what_the_rule_gives(string id, string verdict) =>
        Assert.Equal(verdict, Of(id, orderBound: true).Word);

    [Theory]
    [InlineData("r42", 137, 198)]
    [InlineData("r44", 41, 65)]
    public void Names_about_the_undeclared_steps(string id, long from, long to)
    {
        var located = Localiser.Locate(RecordedRuns.Score(RecordedRuns.Of(id)));
        var range = Assert.Single(located.Steps);
        var overlap = Math.Min(to, range.To) - Math.Max(from, range.From) + 1;
        Assert.True(overlap >= 0.9 * (to - from + 1), $"{range.From}..{range.To}");
        // A window of 20 points can pull in up to its length at either end.
        Assert.InRange(range.From, from - 25, from + 5);
        Assert.InRange(range.To, to - 5, to + 25);
    }

    [Fact]
    public void Agrees_with_the_word_of_the_reference_for_every_run()
    {
        foreach (var run in RecordedRuns.All())
        {
            var word = RecordedRuns.Reference(run.Id).GetProperty("reference").GetProperty("verdict").GetString();
            var statistic = RecordedRuns.Score(run).Statistic!;
            Assert.Equal(
                word,
                statistic.Significant ? "consistent"
                    : statistic.TailProbability < TrajectoryVerdict.NoEvidence ? "inconclusive"
                    : "no evidence"
            );
        }
    }

    [Fact]
    public void No_run_is_consistent_if_its_order_was_not_bound()
    {
        foreach (var run in RecordedRuns.All())
        {
            Assert.Contains(Of(run.Id, orderBound: false).Word, new[] { "INCONCLUSIVE", "INCONSISTENT" });
        }
    }

    [Fact]
    public void No_short_series_is_ever_called_inconsistent()
    {
        int[] lengths = [0, 1, 39, 52, 53, 80, 120, 219];
        foreach (var run in RecordedRuns.All())
        {
            foreach (var length in lengths)
            {
                var points = run.Points.Take(length).ToArray();
                var score = TrajectoryTest.Run(points, run.FeaturesOf);
                var verdict = TrajectoryVerdict.Of(score, Localiser.Locate(score), orderBound: true);
                Assert.True(score.Usable < TrajectoryVerdict.FewestForNegative);
                Assert.NotEqual(Verdict.Inconsistent, verdict.Outcome);
                Assert.Equal(score.Usable < TrajectoryTest.FewestPoints, score.Statistic is null);
                Assert.False(run.Label == "decoy" && verdict.Outcome != Verdict.Inconclusive, $"{run.Id} {length}");
            }
        }
    }

    private static TrajectoryVerdict Of(string id, bool orderBound)
    {
        var score = RecordedRuns.Score(RecordedRuns.Of(id));
        return TrajectoryVerdict.Of(score, Localiser.Locate(score), orderBound);
    }
}
