using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;

namespace Lace.Evidence.Verification;

/// <summary>
/// Whether the losses that a resume made void follow their batches too. Who may void what does not fit chooses among results.
/// </summary>
internal static class SupersededPoints
{
    /// <returns>What is wrong with the log when nothing of it is void; null where there is nothing.</returns>
    public static string? Objection(
        IReadOnlyList<LossPoint> points,
        Func<int, RecordFeatures?> featuresOf,
        TrajectoryScore score,
        bool orderBound
    )
    {
        if (score.Statistic is null || score.Superseded <= TrajectoryVerdict.TolerableFlags * score.Logged)
        {
            return null;
        }

        // Numbered anew no step repeats another. A resumed process begins a new pass, so each is still detrended by itself.
        var all = TrajectoryTest.Run([.. points.Select((point, i) => point with { Step = i })], featuresOf);
        var verdict = TrajectoryVerdict.Of(all, Localiser.Locate(all), orderBound);
        var unscored = (all.WithoutBatch + all.NonFinite + all.SpikesDropped) / (double)all.Logged;
        return verdict.Outcome == Verdict.Consistent && unscored <= TrajectoryVerdict.TolerableFlags
            ? null
            : $"the {score.Superseded} points that a resume superseded do not follow the declared batches as the others do";
    }
}
