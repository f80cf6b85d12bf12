using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;

namespace Lace.Evidence.Verification;

/// <summary>Evaluates a recorded run against the attestation it was made for. Deterministic: equal facts give equal results.</summary>
public static class RunVerification
{
    /// <summary>A plot has at most so many points.</summary>
    public const int MaxPlotPoints = 4_000;

    /// <summary>So many other runs are listed; where there are as many, there may be more.</summary>
    public const int MaxOtherRuns = 100;

    /// <summary>Tries that are assumed where the other runs are too many to list.</summary>
    private const double UncountedTries = 1e6;

    /// <param name="computedAt">Goes into the result; nothing else depends on it.</param>
    public static VerificationResult Evaluate(VerificationInput input, DateTimeOffset computedAt)
    {
        ArgumentNullException.ThrowIfNull(input);
        var checks = AttestationChecks.Run(input).ToList();
        checks.Add(Liveness.ChainUnbroken(input));
        var live = Liveness.ReceivedLive(input);
        checks.Add(live);
        var binding = OrderBinding.Of(input, live.Passed);
        checks.Add(binding.Check);
        checks.Add(BatchChecks.RecordIndices(input.Recorded, input.Attestation.Records));

        // What the features say counts only if they are the committed ones.
        var committed = checks.Exists(check => check is { Name: CheckNames.RootRecomputed, Passed: true });
        var featuresOf = committed ? input.FeaturesOf : _ => null;
        checks.Add(BatchChecks.TokenCounts(input.Recorded, featuresOf));

        var points = ScoredPoints(input.Recorded, binding);
        var score = TrajectoryTest.Run(points, featuresOf);
        var undeclared = Localiser.Locate(score);
        var late = checks.Exists(check => check is { Name: CheckNames.CommittedFirst, Status: CheckStatus.Failed });
        var bound = binding.Check.Passed && !late && committed;
        var unscored = UnscoredShare(score);
        var hidden =
            unscored > TrajectoryVerdict.TolerableFlags
                ? $"{Words.Percent(unscored)} of the points are spikes or have no finite loss or no committed batch, so nothing is known of them"
                : SupersededPoints.Objection(points, featuresOf, score, bound);
        var verdict = Judge(input, score, TrajectoryVerdict.Of(score, undeclared, bound), committed, hidden);
        checks.Add(TrajectoryCheck(score, verdict));
        checks.Add(UndeclaredCheck(score, undeclared, hidden));
        checks.Add(LogCheck.Given(input));
        checks.Add(Check.NotChecked(CheckNames.Hardware, "No hardware quote came with this run."));
        checks.Add(Check.NotChecked(CheckNames.Replay, "No step was recomputed from a checkpoint."));

        var level = EvidenceLevel.Of(checks);
        return new VerificationResult(
            input.Run.Id,
            input.Attestation.Id,
            verdict.Word,
            verdict.Reason,
            level,
            EvidenceLevel.Names[level],
            checks,
            score.Statistic is { } statistic ? Statistic(score, statistic, verdict) : null,
            score.Statistic is null ? null : new CorrelationResult(score.Statistic.Score, verdict.Alias),
            new(undeclared.Fraction, [.. undeclared.Steps.Select(range => new StepSpan(range.From, range.To))]),
            Run(input, score),
            input.OtherRuns,
            Findings.Shows(input, level, score, verdict),
            Findings.DoesNotShow(input, score),
            Plot(score, undeclared),
            computedAt,
            TrajectoryTest.Method
        );
    }

    /// <summary>The points as logged, but without the batches that were not opened: those are claims about an order that nobody fixed.</summary>
    private static LossPoint[] ScoredPoints(RecordedRun? run, OrderBinding binding) =>
        run is null
            ? []
            :
            [
                .. run.Points.Select(
                    (logged, i) =>
                        binding.Unopened.Contains(i) ? logged.Item.Point with { Batch = null } : logged.Item.Point
                ),
            ];

    /// <summary>Share of the points that count whose loss or batch is not tested. Whoever could hide steps there would.</summary>
    private static double UnscoredShare(TrajectoryScore score)
    {
        var counted = score.Logged - score.Superseded;
        return counted == 0 ? 0 : (score.WithoutBatch + score.NonFinite + score.SpikesDropped) / (double)counted;
    }

    private static TrajectoryVerdict Judge(
        VerificationInput input,
        TrajectoryScore score,
        TrajectoryVerdict verdict,
        bool committed,
        string? hidden
    ) =>
        !committed
            ? verdict with
            {
                Outcome = Verdict.Inconclusive,
                Reason = "the stored commitment does not give the attested root",
            }
        : input.Recorded is null
            ? verdict with
            {
                Outcome = Verdict.Inconclusive,
                Reason = "the stored loss log is not the chain that was accepted",
            }
        : IsPositive(verdict) && score.Statistic!.TailProbability * Tries(input) >= TrajectoryStatistic.FindingBelow
            ? verdict with
            {
                Outcome = Verdict.Inconclusive,
                Reason =
                    $"{PValue.Text(score.Statistic.TailProbability)}, but {input.OtherRuns.Count} other runs of this attestation were tried, and times their number it is not below 1e-6",
            }
        : verdict.Outcome == Verdict.Consistent && hidden is not null
            ? verdict with
            {
                Outcome = Verdict.PartlyConsistent,
                Reason = hidden,
            }
        : verdict;

    private static bool IsPositive(TrajectoryVerdict verdict) =>
        verdict.Outcome is Verdict.Consistent or Verdict.PartlyConsistent;

    /// <summary>How many runs somebody may have made to show the best of them.</summary>
    private static double Tries(VerificationInput input) =>
        input.OtherRuns.Count < MaxOtherRuns ? 1 + input.OtherRuns.Count : UncountedTries;

    private static Check TrajectoryCheck(TrajectoryScore score, TrajectoryVerdict verdict)
    {
        if (score.Statistic is not { } statistic)
        {
            return Check.NotChecked(CheckNames.Trajectory, Sentence(verdict.Reason));
        }

        var passed =
            statistic.Significant
            && statistic.Score >= TrajectoryVerdict.ConsistentScore
            && verdict.GradeCap is null
            && IsPositive(verdict);
        var figures =
            $"Score {Words.Number(statistic.Score)} over {score.Usable} points, {PValue.Text(statistic.TailProbability)}, null {Words.Number(statistic.NullMean)} ± {Words.Number(statistic.NullStandardDeviation)}";
        return Check.Of(
            CheckNames.Trajectory,
            passed,
            verdict.GradeCap is null
                ? figures + "."
                : figures + "; capped, as the order was not bound before the losses."
        );
    }

    private static Check UndeclaredCheck(TrajectoryScore score, UndeclaredSteps undeclared, string? hidden)
    {
        const string Name = CheckNames.UndeclaredSteps;
        if (score.Statistic is null)
        {
            return Check.NotChecked(Name, "Without a statistic no step can be told from another.");
        }

        if (hidden is not null)
        {
            return Check.Of(Name, false, Sentence(hidden));
        }

        var steps = Words.Ranges(undeclared.Steps.Select(range => (range.From, range.To)));
        return Check.Of(
            Name,
            undeclared.Fraction <= TrajectoryVerdict.TolerableFlags,
            undeclared.Steps.Count == 0
                ? $"No stretch of the {score.Usable} tested points was found to depart from the declared batches."
                : $"The declared batches do not explain steps {steps} ({Words.Percent(undeclared.Fraction)} of the points)."
        );
    }

    private static StatisticResult Statistic(
        TrajectoryScore score,
        TrajectoryStatistic statistic,
        TrajectoryVerdict verdict
    ) =>
        new(
            "batch-difficulty correlation",
            $"the same losses against {statistic.Shifts} rotations of the declared order, refitted each time",
            statistic.Score,
            statistic.TailProbability,
            statistic.ShiftProbability,
            statistic.IntervalLow,
            statistic.IntervalHigh,
            score.Logged,
            score.Usable,
            statistic.EffectivePoints,
            statistic.Log10LikelihoodRatio,
            statistic.NullMean,
            statistic.NullStandardDeviation,
            Word(verdict.Grade),
            verdict.GradeCap is { } cap ? Word(cap) : null,
            verdict.Alias,
            verdict.Warning
        );

    private static RunResult Run(VerificationInput input, TrajectoryScore score) =>
        new(
            Words.Order(input.Run.Order),
            input.Recorded?.Points.Count ?? 0,
            input.Recorded?.Segments ?? 0,
            [.. input.Run.Gaps.Select(gap => new[] { gap.From, gap.To })],
            input.Run.Refused,
            score.Superseded,
            score.NonFinite,
            input.Recorded?.FirstLossAt,
            input.Recorded?.Finish is not null
        );

    private static PlotResult Plot(TrajectoryScore score, UndeclaredSteps undeclared)
    {
        if (score.Statistic is null)
        {
            return new([], [], [], []);
        }

        var stride = (score.Usable + MaxPlotPoints - 1) / MaxPlotPoints;
        var shown = Enumerable.Range(0, score.Usable).Where(i => i % stride == 0).ToArray();
        return new(
            [.. shown.Select(i => score.Steps[i])],
            [.. shown.Select(i => score.Observed[i])],
            [.. shown.Select(i => score.Predicted[i])],
            [.. shown.Select(i => undeclared.Points.Any(range => i >= range.From && i < range.To))]
        );
    }

#pragma warning disable CA1308 // the words of the protocol are lower case
    private static string Word(TrajectoryGrade grade) => grade.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    private static string Sentence(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..] + ".";
}
