using Lace.Evidence.Statements;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>Whether a signed result contradicts itself: its level must be that of its checks, its verdict that of its figures.</summary>
internal static class SignedResultRules
{
    private const string Consistent = "CONSISTENT";
    private const string PartlyConsistent = "PARTLY_CONSISTENT";
    private static readonly string[] Verdicts = [Consistent, PartlyConsistent, "INCONSISTENT", "INCONCLUSIVE"];

    public static IEnumerable<string> Broken(SignedResult result)
    {
        if (result.Checks.DistinctBy(check => check.Name).Count() != result.Checks.Count)
        {
            yield return "A check is listed twice.";
        }

        var level = EvidenceLevel.Of(result.Checks);
        if (result.Level != level || result.LevelName != EvidenceLevel.Names[level])
        {
            yield return $"The checks support level {level}, stated is {result.Level}.";
        }

        if (!Verdicts.Contains(result.Verdict))
        {
            yield return "The verdict is none of the four.";
        }

        if (result.Statistic?.Score != result.Correlation?.Score)
        {
            yield return "Two scores are stated.";
        }

        if (result.Verdict is Consistent or PartlyConsistent && !IsSignificant(result.Statistic))
        {
            yield return "The verdict is positive and the statistic is not significant.";
        }

        if (result.Verdict == Consistent && !IsConsistent(result))
        {
            yield return "The verdict is CONSISTENT, and a check or a figure that it needs is not.";
        }
    }

    private static bool IsSignificant(StatisticResult? statistic) =>
        statistic is { PTail: >= 0 and < TrajectoryStatistic.FindingBelow, GradeCap: null };

    private static bool IsConsistent(SignedResult result) =>
        result.Statistic is { Score: >= TrajectoryVerdict.ConsistentScore }
        && result.Undeclared.Fraction <= TrajectoryVerdict.TolerableFlags
        && ((string[])[CheckNames.Trajectory, CheckNames.UndeclaredSteps, CheckNames.RootRecomputed]).All(name =>
            result.Checks.Any(check => check.Name == name && check.Passed)
        );
}
