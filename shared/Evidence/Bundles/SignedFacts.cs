using Lace.Evidence.Statements;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>The statements of a run together, as what a run-log file must repeat.</summary>
internal sealed record SignedFacts(
    DatasetPredicate Dataset,
    RunStartPredicate Start,
    RunEndPredicate End,
    SignedResult Result
)
{
    private static readonly IEqualityComparer<long[]> Pairs = EqualityComparer<long[]>.Create(
        (one, other) => one.AsSpan().SequenceEqual(other)
    );

    /// <summary>Names of what the file says otherwise.</summary>
    public IEnumerable<string> Contradictions(RunLogFile log)
    {
        var (attestation, run) = (log.Attestation, log.Run);
        var revoked = Result.Checks.Any(check => check is { Name: CheckNames.NotRevoked, Status: CheckStatus.Failed });
        (string What, bool Same)[] members =
        [
            ("attestation.id", attestation.Id == Dataset.Id),
            ("attestation.root", attestation.Root == Dataset.Dataset.Root),
            ("attestation.records", attestation.Records == Dataset.Dataset.Records),
            ("attestation.chunks", attestation.ChunkRoots.Count == Dataset.Dataset.Chunks),
            ("attestation.completed_at", attestation.CompletedAt == Dataset.CompletedAt),
            ("attestation.revoked_at", attestation.RevokedAt is not null == revoked),
            ("run.run_id", run.Id == Start.RunId),
            ("run.order", run.Order == Start.Order),
            ("run.root", run.Root == Start.Root),
            ("run.nonce", run.Nonce.ToString() == Start.Nonce),
            ("run.created_at", run.CreatedAt == Start.CreatedAt),
            ("run.offline", run.Offline == Start.Offline),
            ("run.closed", run.Closed == End.ClosedAt is not null),
            (
                "run.gaps",
                IsCut(run.Gaps.Count, End.Gaps.Count, End.GapsOmitted)
                    && run.Gaps.Take(End.Gaps.Count)
                        .Select(gap => new[] { gap.From, gap.To })
                        .SequenceEqual(End.Gaps, Pairs)
            ),
            (
                "run.refused",
                run.Refused.Count == Result.Run.Refused.Count
                    && run.Refused.All(entry => Result.Run.Refused.GetValueOrDefault(entry.Key, -1) == entry.Value)
            ),
            (
                "other_runs",
                IsCut(log.OtherRuns.Count, Result.OtherRuns.Count, Result.OtherRunsOmitted)
                    && log.OtherRuns.Take(Result.OtherRuns.Count).SequenceEqual(Result.OtherRuns)
            ),
        ];
        return members.Where(member => !member.Same).Select(member => member.What);
    }

    /// <summary>Whether a statement lists as many of them as it may and counts the others.</summary>
    private static bool IsCut(int all, int listed, int? omitted) =>
        listed == Math.Min(all, StatementLimits.Listed) && all - listed == (omitted ?? 0);
}
