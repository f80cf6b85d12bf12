using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>The losses of one recorded run scored against the claim of another, cut to the shorter of the two.</summary>
internal sealed record CrossScore(RunFile Losses, RunFile Claim, TrajectoryScore Score, bool IsDecoy)
{
    public bool IsOwn => Losses == Claim;

    public TrajectoryStatistic Statistic => Score.Statistic!;

    public UndeclaredSteps Undeclared => Localiser.Locate(Score);

    public TrajectoryVerdict Verdict => TrajectoryVerdict.Of(Score, Undeclared, orderBound: true);

    public static IReadOnlyList<CrossScore> All()
    {
        var runs = RecordedRuns.All();
        return
        [
            .. runs.SelectMany(losses => runs.Select(claim => (losses, claim))).AsParallel().AsOrdered().Select(Of),
        ];

        CrossScore Of((RunFile Losses, RunFile Claim) pair)
        {
            var (losses, claim) = pair;
            var points = losses.Points.Zip(claim.Points, (loss, claimed) => loss with { Batch = claimed.Batch });
            var score = TrajectoryTest.Run([.. points], claim.FeaturesOf);
            return new(losses, claim, score, !IsKnownPair(runs, losses, claim));
        }
    }

    /// <summary>
    /// Some files share a training run or a batch order, so that crossing them gives back a claim that some file, other than a decoy,
    /// makes for the same losses. Those pairs are no decoys.
    /// </summary>
    private static bool IsKnownPair(IReadOnlyList<RunFile> runs, RunFile losses, RunFile claim) =>
        runs.Any(run => run.Label != "decoy" && SameLosses(run, losses) && SameClaim(run, claim));

    private static bool SameLosses(RunFile a, RunFile b) =>
        a == b || a.Points.Zip(b.Points).All(pair => pair.First.Loss.Equals(pair.Second.Loss));

    private static bool SameClaim(RunFile a, RunFile b) =>
        a == b
        || a.Points.Zip(b.Points).All(pair => Predictors(a, pair.First).SequenceEqual(Predictors(b, pair.Second)));

    private static double[] Predictors(RunFile run, LossPoint point)
    {
        var predictors = new double[StepPredictors.Count];
        Assert.True(StepPredictors.TryCompute(point.Batch!, run.FeaturesOf, predictors));
        return predictors;
    }
}
