using System.Globalization;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>
/// Every recorded run against its own claim, and its losses against the claim of every other run as further decoys. Slow (some 900 tests
/// of 200 rotations each), because error rates are what the whole method stands on.
/// </summary>
public sealed class CrossScoringTests
{
    private static readonly Lazy<IReadOnlyList<CrossScore>> Crossed = new(CrossScore.All);

    [Fact]
    public void No_false_claim_is_accepted_and_none_comes_near()
    {
        var decoys = Decoys();
        Assert.True(decoys.Count > 850, $"{decoys.Count} decoys");
        Assert.DoesNotContain(decoys, decoy => decoy.Statistic.Significant);
        Assert.True(decoys.Max(decoy => decoy.Statistic.Score) < 0.30);
        Assert.True(decoys.Min(decoy => decoy.Statistic.TailProbability) > 1e-3);
        Assert.All(
            decoys,
            decoy =>
                Assert.Equal(
                    decoy.Score.Usable >= TrajectoryVerdict.FewestForNegative
                        ? Verdict.Inconsistent
                        : Verdict.Inconclusive,
                    decoy.Verdict.Outcome
                )
        );
    }

    [Fact]
    public void Every_true_claim_is_found_and_separated_from_every_decoy()
    {
        var truths = Truths();
        Assert.Equal(14, truths.Count);
        Assert.All(truths, truth => Assert.True(truth.Statistic.Significant, truth.Claim.Id));
        Assert.All(truths, truth => Assert.NotEqual(Verdict.Inconsistent, truth.Verdict.Outcome));
        Assert.True(truths.Min(truth => truth.Statistic.Score) > 0.65);
        Assert.Equal(1.0, AreaUnderCurve());
    }

    [Fact]
    public void Prints_the_table_of_the_document()
    {
        var document = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "trajectory.md"));
        foreach (var line in Table())
        {
            TestContext.Current.TestOutputHelper!.WriteLine(line);
        }

        Assert.All(Table(), line => Assert.Contains(line, document, StringComparison.Ordinal));
    }

    private static List<CrossScore> Decoys() => [.. Crossed.Value.Where(pair => pair.IsDecoy)];

    private static List<CrossScore> Truths() =>
        [.. Crossed.Value.Where(pair => pair.IsOwn && pair.Claim.Label is "true" or "edge")];

    private static double AreaUnderCurve()
    {
        var decoys = Decoys();
        return Truths()
            .SelectMany(truth => decoys.Select(decoy => truth.Statistic.Score.CompareTo(decoy.Statistic.Score)))
            .Average(order => (order + 1) / 2.0);
    }

    private static IEnumerable<string> Table()
    {
        yield return "| kind | runs | score | verdicts | flagged steps |";
        yield return "| --- | --- | --- | --- | --- |";
        foreach (var kind in Crossed.Value.Where(pair => pair.IsOwn).GroupBy(pair => pair.Claim.Kind))
        {
            var flagged = kind.SelectMany(pair =>
                pair.Undeclared.Steps.Select(r => $"{pair.Claim.Id}: {r.From}..{r.To}")
            );
            yield return $"| {kind.Key} | {kind.Count()} | {Range(kind)} | {Verdicts(kind)} | {string.Join(", ", flagged)} |";
        }

        var cross = Crossed.Value.Where(pair => pair.IsDecoy && !pair.IsOwn).ToList();
        yield return $"| losses of one run, claim of another | {cross.Count} | {Range(cross)} | {Verdicts(cross)} | |";
        var decoys = Decoys();
        var truths = Truths();
        var accepted = decoys.Count(decoy => decoy.Verdict.Outcome is Verdict.Consistent or Verdict.PartlyConsistent);
        yield return $"- decoys: {decoys.Count}, false accepts: {accepted}, largest score {Figure(decoys.Max(d => d.Statistic.Score))}, smallest p {decoys.Min(d => d.Statistic.TailProbability).ToString("0.0e+0", CultureInfo.InvariantCulture)}";
        yield return $"- true runs: {truths.Count}, called INCONSISTENT: {truths.Count(t => t.Verdict.Outcome == Verdict.Inconsistent)}, not called CONSISTENT: {truths.Count(t => t.Verdict.Outcome != Verdict.Consistent)}, smallest score {Figure(truths.Min(t => t.Statistic.Score))}, AUC against all decoys {AreaUnderCurve().ToString("0.0000", CultureInfo.InvariantCulture)}";
    }

    private static string Verdicts(IEnumerable<CrossScore> pairs) =>
        string.Join(
            ", ",
            pairs.GroupBy(pair => pair.Verdict.Word).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}")
        );

    private static string Range(IEnumerable<CrossScore> pairs)
    {
        var scores = pairs.Select(pair => pair.Statistic.Score).Order().ToList();
        return scores.Count == 1 ? Figure(scores[0]) : $"{Figure(scores[0])} to {Figure(scores[^1])}";
    }

    private static string Figure(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
