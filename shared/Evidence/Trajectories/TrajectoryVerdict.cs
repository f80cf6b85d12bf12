using System.Globalization;

namespace Lace.Evidence.Trajectories;

/// <summary>The verdict on a run's losses, with the reason in one sentence and the effect size that may be quoted.</summary>
/// <param name="Outcome">The verdict.</param>
/// <param name="Reason">Why, in plain words with the figures.</param>
/// <param name="Grade">Effect size after the cap.</param>
/// <param name="GradeCap">The best grade that the binding of the order allows; null where nothing caps it.</param>
/// <param name="Alias">The seed's word for the effect size: HIGH_CONFIDENCE, MEDIUM_CONFIDENCE, LOW_CONFIDENCE or NONE. No error rate.</param>
/// <param name="Warning">Something a reader must know beside the verdict; null where there is nothing.</param>
public sealed record TrajectoryVerdict(
    Verdict Outcome,
    string Reason,
    TrajectoryGrade Grade,
    TrajectoryGrade? GradeCap,
    string Alias,
    string? Warning
)
{
    /// <summary>Usable points that a negative verdict needs: with fewer, a true run can fail to show.</summary>
    public const int FewestForNegative = 200;

    /// <summary>Tail probability at or above which enough points speak against the claim.</summary>
    public const double NoEvidence = 1e-3;

    /// <summary>Score under which a significant run is only partly consistent.</summary>
    public const double ConsistentScore = 0.50;

    /// <summary>Share of flagged points above which a significant run is only partly consistent.</summary>
    public const double TolerableFlags = 0.03;

    /// <summary>The word of the protocol, such as <c>PARTLY_CONSISTENT</c>.</summary>
    public string Word =>
        Outcome switch
        {
            Verdict.Consistent => "CONSISTENT",
            Verdict.PartlyConsistent => "PARTLY_CONSISTENT",
            Verdict.Inconsistent => "INCONSISTENT",
            _ => "INCONCLUSIVE",
        };

    /// <summary>Applies the rule of <c>docs/trajectory.md</c> §3, step 10.</summary>
    /// <param name="orderBound">
    /// True only where it was checked that the order of the batches was fixed before the first loss. An order chosen after training
    /// fits anything.
    /// </param>
    public static TrajectoryVerdict Of(TrajectoryScore score, UndeclaredSteps undeclared, bool orderBound)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(undeclared);
        TrajectoryGrade? cap = orderBound ? null : TrajectoryGrade.Weak;
        var (outcome, reason) = score.Statistic is { } statistic
            ? Judge(score.Usable, statistic, undeclared, orderBound)
            : (Verdict.Inconclusive, Describe(score));
        var grade = score.Statistic?.Grade ?? TrajectoryGrade.None;
        grade = grade > cap ? cap.Value : grade;
        return new(outcome, reason, grade, cap, AliasOf(grade), WarningOf(score));
    }

    private static (Verdict, string) Judge(
        int usable,
        TrajectoryStatistic statistic,
        UndeclaredSteps undeclared,
        bool orderBound
    )
    {
        var p = PValue.Text(statistic.TailProbability);
        if (!statistic.Significant)
        {
            return statistic.TailProbability < NoEvidence
                    ? (Verdict.Inconclusive, $"{p} is suggestive, but a finding needs p below 1e-6")
                : usable >= FewestForNegative
                    ? (
                        Verdict.Inconsistent,
                        $"the losses do not follow the declared batches ({p} with {usable} usable points; in the study every true run of this length showed)"
                    )
                : (
                    Verdict.Inconclusive,
                    $"{p} with {usable} usable points; a negative verdict needs {FewestForNegative}"
                );
        }

        var shortfall = Shortfall(statistic.Score, undeclared);
        if (!orderBound)
        {
            return (
                Verdict.Inconclusive,
                "the losses follow the declared batches, but the order was not bound before training, and an order chosen afterwards fits anything"
                    + (shortfall is null ? "" : "; " + shortfall)
            );
        }

        return shortfall is null
            ? (Verdict.Consistent, $"the losses follow the declared batches ({p} with {usable} usable points)")
            : (Verdict.PartlyConsistent, shortfall);
    }

    private static string? Shortfall(double score, UndeclaredSteps undeclared)
    {
        var parts = new List<string>();
        if (undeclared.Fraction > TolerableFlags)
        {
            var steps = string.Join(", ", undeclared.Steps.Select(range => $"{range.From}..{range.To}"));
            parts.Add(
                $"the declared batches do not explain steps {steps} ({Percent(undeclared.Fraction)} of the points)"
            );
        }

        if (score < ConsistentScore)
        {
            parts.Add($"the score {score.ToString("0.000", CultureInfo.InvariantCulture)} is below 0.50");
        }

        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static string Describe(TrajectoryScore score) =>
        score.Obstacle switch
        {
            TrajectoryObstacle.TooFewPoints =>
                $"{score.Usable} usable points after cleaning and warm-up; the test needs {TrajectoryTest.FewestPoints}",
            TrajectoryObstacle.NoBatches => "no logged loss comes with the records that it was computed on",
            TrajectoryObstacle.SmoothLoss => "the loss does not vary from step to step, so there is nothing to compare",
            TrajectoryObstacle.EqualBatches =>
                "all batches are equally difficult by the committed features, so there is nothing to compare",
            TrajectoryObstacle.OutOfRange => "the losses are too large to compute with",
            _ => throw new ArgumentException("A score without a statistic names its obstacle.", nameof(score)),
        };

    private static string AliasOf(TrajectoryGrade grade) =>
        grade switch
        {
            TrajectoryGrade.Strong => "HIGH_CONFIDENCE",
            TrajectoryGrade.Clear => "MEDIUM_CONFIDENCE",
            TrajectoryGrade.Preponderance => "LOW_CONFIDENCE",
            _ => "NONE",
        };

    private static string? WarningOf(TrajectoryScore score) =>
        score.Statistic is { ImplausiblyGood: true }
            ? "the fit is better than that of any honest run measured: possible fabrication"
            : null;

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}

/// <summary>What the losses say about the claim.</summary>
public enum Verdict
{
    /// <summary>Neither; the reason says why.</summary>
    Inconclusive,

    /// <summary>Enough points, and no sign of the declared batches.</summary>
    Inconsistent,

    /// <summary>Significant, but with stretches that the declared batches do not explain, or a low score.</summary>
    PartlyConsistent,

    /// <summary>Significant, score at least 0.50, next to nothing flagged, order bound.</summary>
    Consistent,
}
