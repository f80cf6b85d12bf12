using Lace.Evidence.Datasets;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>The run-log file against the statements, and the verification computed from it again.</summary>
internal static class RunLogChecks
{
    private static readonly string[] Ids =
    [
        BundleChecks.RunLogDigest,
        BundleChecks.RunLogChain,
        BundleChecks.RunLogFacts,
        BundleChecks.RunLogCommitment,
        BundleChecks.Recomputed,
    ];

    /// <param name="recomputed">Whether all five passed.</param>
    public static IReadOnlyList<Check> Run(
        BundleContent content,
        LacePolicy? policy,
        OfferedRunLog? offered,
        out bool recomputed
    )
    {
        var checks = Run(content, policy, offered).ToArray();
        recomputed = Array.TrueForAll(checks, check => check.Passed);
        return checks;
    }

    private static IEnumerable<Check> Run(BundleContent content, LacePolicy? policy, OfferedRunLog? offered)
    {
        if (offered is null)
        {
            return Ids.Select(id => Check.NotChecked(id, "The run-log file was not given (--run-log)."));
        }

        if (offered.File is not { } log)
        {
            return Ids.Select(id =>
                id == BundleChecks.RunLogDigest
                    ? Check.Of(id, false, $"It is no run-log file: {offered.Reason}.")
                    : Check.NotChecked(id, "The run-log file cannot be read.")
            );
        }

        return content is { Dataset: { } dataset, RunStart: { } start, RunEnd: { } end, Verification: { } verification }
            ? Run(content, policy, log, new(dataset, start, end, verification.Result))
            : Ids.Select(id => Check.NotChecked(id, "A statement cannot be read."));
    }

    private static IEnumerable<Check> Run(BundleContent content, LacePolicy? policy, RunLogFile log, SignedFacts signed)
    {
        var named = content.Bundle.RunLog;
        yield return Check.Of(
            BundleChecks.RunLogDigest,
            named.Sha256 == log.Sha256 && named.Bytes == log.Bytes,
            named.Sha256 == log.Sha256 && named.Bytes == log.Bytes
                ? $"The file has {log.Bytes} bytes and the SHA-256 that the bundle names."
                : $"The file has {log.Bytes} bytes and SHA-256 {log.Sha256}; the bundle names {named.Bytes} bytes and {named.Sha256}."
        );
        var chain = ChainFailure(log, signed.End);
        yield return Check.Of(
            BundleChecks.RunLogChain,
            chain is null,
            chain ?? $"{signed.End.Segments} segments give the signed head {signed.End.Head}."
        );
        var other = signed.Contradictions(log).FirstOrDefault();
        yield return Check.Of(
            BundleChecks.RunLogFacts,
            other is null,
            other is null ? "It says what the statements say." : $"It says something else than the statements: {other}."
        );
        var root = DatasetRoot.FromChunkRoots([.. log.Attestation.ChunkRoots]);
        yield return Check.Of(
            BundleChecks.RunLogCommitment,
            root == signed.Dataset.Dataset.Root,
            $"{log.Attestation.ChunkRoots.Count} chunks give {root}."
        );
        yield return policy is null
            ? Check.NotChecked(
                BundleChecks.Recomputed,
                "No policy was given (--policy), and a verification looks at the signed log as well."
            )
        : Enum.GetValues<StatementAlgorithm>().Except(policy.StatementKeys.Select(key => key.Algorithm)).Any()
            ? Check.NotChecked(
                BundleChecks.Recomputed,
                "A verification looks at both signatures, and the policy has keys for one of them."
            )
        : Recomputed(content, policy, log, signed.Result);
    }

    private static Check Recomputed(BundleContent content, LacePolicy policy, RunLogFile log, SignedResult signed)
    {
        var input = log.ToInput() with { TransparencyLog = LogChecks.Transparency(content, policy, log) };
        var result = RunVerification.Evaluate(input, signed.ComputedAt);
        var difference = ResultComparison.Difference(SignedResult.Of(result), signed);
        return Check.Of(
            BundleChecks.Recomputed,
            difference is null,
            difference is null
                ? $"{result.Verdict}{(result.Correlation is { } found ? $", score {Words.Number(found.Score)}" : "")}, level {result.Level}, as signed."
                : $"Computed again it is another result: {difference}."
        );
    }

    private static string? ChainFailure(RunLogFile log, RunEndPredicate end) =>
        log.Recorded is not { } recorded ? "The segments are no unbroken chain from the run's origin."
        : recorded.Head != end.Head || recorded.Segments != end.Segments || recorded.Points.Count != end.Points
            ? $"The file's {recorded.Segments} segments end at another head than the signed one of {end.Segments}."
        : recorded.FirstReceivedAt != end.FirstReceivedAt
        || IsLate(log, end)
        || end.Heads.Any(head =>
            head.Seq < 0
            || head.Seq >= log.Segments.Count
            || log.Segments[(int)head.Seq] != (head.Head, head.ReceivedAt)
        )
            ? "A segment was received at another time than the signed one, or is another segment."
        : null;

    // Segments come in any order, and the last to come may be one that still waits for others, which no file has.
    private static bool IsLate(RunLogFile log, RunEndPredicate end) =>
        log.Segments.Count > 0 && !(log.Segments.Max(segment => segment.ReceivedAt) <= end.LastReceivedAt);
}
