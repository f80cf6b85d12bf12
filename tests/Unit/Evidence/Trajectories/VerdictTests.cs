using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class VerdictTests
{
    private static readonly TrajectoryStatistic Good = new()
    {
        EffectivePoints = 200,
        Score = 0.85,
        TailProbability = 1e-30,
        ShiftProbability = 1.0 / 200,
        Shifts = 199,
        IntervalLow = 0.8,
        IntervalHigh = 0.9,
        NullMean = 0,
        NullStandardDeviation = 0.09,
        Log10LikelihoodRatio = 20,
        ImplausiblyGood = false,
    };

    [Theory]
    [InlineData(0.85, TrajectoryGrade.Strong, "HIGH_CONFIDENCE")]
    [InlineData(0.80, TrajectoryGrade.Strong, "HIGH_CONFIDENCE")]
    [InlineData(0.65, TrajectoryGrade.Clear, "MEDIUM_CONFIDENCE")]
    [InlineData(0.50, TrajectoryGrade.Preponderance, "LOW_CONFIDENCE")]
    public void Is_consistent_from_a_score_of_one_half(double score, TrajectoryGrade grade, string alias)
    {
        var verdict = Of(Good with { Score = score });
        Assert.Equal((Verdict.Consistent, grade, alias), (verdict.Outcome, verdict.Grade, verdict.Alias));
        Assert.Equal("CONSISTENT", verdict.Word);
    }

    [Fact]
    public void Is_partly_consistent_below_one_half()
    {
        var verdict = Of(Good with { Score = 0.499 });
        Assert.Equal((Verdict.PartlyConsistent, "NONE"), (verdict.Outcome, verdict.Alias));
        Assert.Contains("0.499", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_partly_consistent_above_three_per_cent_flagged()
    {
        Assert.Equal(Verdict.Consistent, Of(Good, flagged: 0.03).Outcome);
        var verdict = Of(Good, flagged: 0.031);
        Assert.Equal(("PARTLY_CONSISTENT", Verdict.PartlyConsistent), (verdict.Word, verdict.Outcome));
        Assert.Contains("137..198", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_no_finding_if_a_rotation_reaches_the_score() =>
        Assert.Equal(Verdict.Inconclusive, Of(Good with { ShiftProbability = 2.0 / 200 }).Outcome);

    [Theory]
    [InlineData(1e-6)]
    [InlineData(9e-4)]
    public void Is_inconclusive_between_the_two_bounds_of_p(double p) =>
        Assert.Equal(Verdict.Inconclusive, Of(Good with { TailProbability = p, Score = 0.3 }).Outcome);

    [Theory]
    [InlineData(199, Verdict.Inconclusive)]
    [InlineData(200, Verdict.Inconsistent)]
    public void Is_negative_only_from_two_hundred_points(int points, Verdict expected) =>
        Assert.Equal(expected, Of(Good with { TailProbability = 1e-3, Score = 0.1 }, points: points).Outcome);

    [Theory]
    [InlineData(0.85, 0.0)]
    [InlineData(0.40, 0.2)]
    public void An_order_that_was_not_bound_caps_the_grade_and_the_verdict(double score, double flagged)
    {
        var verdict = Of(Good with { Score = score }, flagged: flagged, bound: false);
        Assert.Equal(Verdict.Inconclusive, verdict.Outcome);
        Assert.Equal((TrajectoryGrade.Weak, TrajectoryGrade.Weak), (verdict.Grade, verdict.GradeCap));
        Assert.Equal("NONE", verdict.Alias);
        Assert.Contains("order was not bound", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_order_that_was_not_bound_does_not_excuse_losses_that_do_not_fit_it() =>
        Assert.Equal(Verdict.Inconsistent, Of(Good with { TailProbability = 0.4, Score = 0.02 }, bound: false).Outcome);

    [Fact]
    public void Warns_of_a_fit_that_is_too_good() =>
        Assert.Contains(
            "fabrication",
            Of(Good with { Score = 0.98, ImplausiblyGood = true }).Warning,
            StringComparison.Ordinal
        );

    private static TrajectoryVerdict Of(
        TrajectoryStatistic statistic,
        double flagged = 0,
        int points = 230,
        bool bound = true
    )
    {
        var score = new TrajectoryScore
        {
            Logged = points + 20,
            Superseded = 0,
            NonFinite = 0,
            WithoutBatch = 0,
            SpikesDropped = 0,
            WarmUp = 20,
            Usable = points,
            Statistic = statistic,
        };
        IReadOnlyList<StepRange> steps = flagged > 0 ? [new(137, 198)] : [];
        return TrajectoryVerdict.Of(score, new([], [], steps, flagged), bound);
    }
}
