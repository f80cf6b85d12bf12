using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;

namespace Lace.Evidence.Verification;

/// <summary>What a verification shows and what it does not, in sentences that a report may print as they are.</summary>
internal static class Findings
{
    public static IReadOnlyList<string> Shows(
        VerificationInput input,
        int level,
        TrajectoryScore score,
        TrajectoryVerdict verdict
    )
    {
        var shows = new List<string>();
        if (level >= 1)
        {
            shows.Add(
                $"The root over {input.Attestation.Records} records was fixed {Words.Time(input.Attestation.CompletedAt!.Value)} by the server's clock, before the first segment of this run was received {Words.Time(input.Recorded!.FirstReceivedAt!.Value)}. In the transparency log its statement stands before that of the run's start, and before the nonce of the run was drawn."
            );
        }

        if (level >= 2)
        {
            shows.Add(
                $"{input.Recorded!.Points.Count} losses were received in one chain of {input.Recorded.Segments} segments without a gap, soon after the times at which the client says it captured them."
            );
        }

        if (
            score.Statistic is { Significant: true } statistic
            && verdict is { GradeCap: null, Outcome: not Verdict.Inconclusive }
        )
        {
            shows.Add(
                $"The step-to-step loss of {score.Usable} points follows the difficulty of the declared batches in the bound order: score {Words.Number(statistic.Score)} ({Words.Number(statistic.IntervalLow)} to {Words.Number(statistic.IntervalHigh)}), where the same losses against rotated orders give {Words.Number(statistic.NullMean)} ± {Words.Number(statistic.NullStandardDeviation)} ({PValue.Text(statistic.TailProbability)})."
            );
        }

        if (verdict.Outcome == Verdict.Inconsistent)
        {
            shows.Add(
                $"The losses do not follow the declared batches, though {score.Usable} usable points were enough for every true run of the study."
            );
        }

        return shows;
    }

    public static IReadOnlyList<string> DoesNotShow(VerificationInput input, TrajectoryScore score)
    {
        var open = new List<string>
        {
            "That nothing else was trained: steps that were not logged, other rows in the same steps, training before or after this run, or the base checkpoint.",
            "That the weights were updated: a learning rate of zero leaves the same losses.",
            "That the losses were computed by a model: somebody who holds the data, the order and the published predictor can make them up.",
        };
        open.AddRange(
            input.Run.Order switch
            {
                BatchOrder.Nonce =>
                [
                    "That every batch of the nonce's order was trained on: a few may be passed over, and the order of the rest still holds.",
                ],
                BatchOrder.Epoch =>
                [
                    "That the order was not chosen to fit: somebody who trained beforehand and chose the order afterwards could replay the run live, with capture times made up to match. An order set by the server's nonce leaves no order to choose.",
                ],
                _ =>
                [
                    "That the order was fixed before the losses: an order chosen afterwards fits anything, so the grade is capped.",
                ],
            }
        );
        open.Add(
            "Which weights came out, on which hardware, and who ran it: no hardware quote and no replay of steps was checked."
        );
        open.Add(
            "That the times are right: the transparency log orders what was stated, the hours are the server's own, and times of capture are the client's word."
        );
        if (score.WarmUp > 0)
        {
            open.Add(
                $"What the first {score.WarmUp} points were trained on: the warm-up is logged, but not tested. Nor is a stretch shorter than a window of 20 points."
            );
        }

        open.Add(
            "How large language models behave: the error rates were measured on models of 0.1 to 0.45 million parameters."
        );
        open.Add(
            "That this was the only attempt: runs of another attestation of the same data are not known here, and private trials leave no trace."
        );
        if (input.OtherRuns.Count > 0)
        {
            open.Add(
                $"What {(input.OtherRuns.Count < RunVerification.MaxOtherRuns ? "" : "at least ")}{input.OtherRuns.Count} other runs of the same attestation show; they are listed."
            );
        }

        return open;
    }
}
