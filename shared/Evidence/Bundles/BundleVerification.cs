using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>What a verifier holds beside the bundle. What is missing leaves checks undone; nothing is taken from the bundle instead.</summary>
/// <param name="Policy">Null: nothing is trusted, so no signature is checked.</param>
/// <param name="RunLog">Null: the score is not computed again.</param>
/// <param name="DatasetRoot">Computed from the dataset and the owner's salt key; null: not done.</param>
public sealed record VerifierInput(
    LacePolicy? Policy = null,
    OfferedRunLog? RunLog = null,
    MerkleHash? DatasetRoot = null
);

/// <summary>A run-log file as it was read.</summary>
/// <param name="File">Null where it could not be read; <paramref name="Reason"/> says why.</param>
public sealed record OfferedRunLog(RunLogFile? File, string? Reason = null)
{
    public static OfferedRunLog Read(Stream stream)
    {
        var file = RunLogFile.Read(stream, out var reason);
        return new OfferedRunLog(file, reason);
    }
}

/// <summary>Checks a bundle with nothing but what it is given: no network, no clock, no key but those of the policy.</summary>
public static class BundleVerification
{
    private static readonly string[] Optional =
    [
        BundleChecks.Witnesses,
        BundleChecks.RunLogDigest,
        BundleChecks.RunLogChain,
        BundleChecks.RunLogFacts,
        BundleChecks.RunLogCommitment,
        BundleChecks.Recomputed,
        BundleChecks.DatasetRoot,
    ];

    /// <param name="json">The bundle file.</param>
    public static BundleFindings Verify(ReadOnlySpan<byte> json, VerifierInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return EvidenceBundle.Parse(json, out var reason) is { } bundle ? Verify(bundle, input) : NoBundle(reason!);
    }

    public static BundleFindings Verify(EvidenceBundle bundle, VerifierInput input)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(input);
        var content = BundleContent.Of(bundle);
        var checks = new List<Check> { Check.Of(BundleChecks.Format, true, $"{bundle.Statements.Count} statements.") };
        checks.AddRange(StatementChecks.Run(content, input.Policy));
        checks.AddRange(LogChecks.Run(content, input.Policy));
        checks.AddRange(BindingChecks.Run(content));
        checks.AddRange(RunLogChecks.Run(content, input.Policy, input.RunLog, out var recomputed));
        checks.Add(Root(content, input.DatasetRoot));
        return Findings(content, checks, input.Policy, recomputed);
    }

    private static Check Root(BundleContent content, MerkleHash? computed) =>
        computed is not { } root
            ? Check.NotChecked(BundleChecks.DatasetRoot, "The dataset was not given (--dataset, --salt).")
        : content.Dataset is not { } attested
            ? Check.NotChecked(BundleChecks.DatasetRoot, "The dataset statement cannot be read.")
        : Check.Of(
            BundleChecks.DatasetRoot,
            root == attested.Dataset.Root,
            root == attested.Dataset.Root
                ? $"The dataset gives {root}."
                : $"The dataset gives {root}, attested was {attested.Dataset.Root}."
        );

    private static BundleFindings Findings(
        BundleContent content,
        List<Check> checks,
        LacePolicy? policy,
        bool recomputed
    )
    {
        var outcome = RequiredChecks.Outcome(checks, Optional, policy);
        var result = outcome == BundleOutcome.Passed ? content.Verification?.Result : null;
        return new BundleFindings(
            content.Bundle.RunId,
            content.Bundle.AttestationId,
            outcome,
            result?.Verdict,
            result?.Level,
            result is null ? null : EvidenceLevel.Names[result.Level],
            result is null ? [] : [.. Enumerable.Range(0, result.Level + 1).Select(level => RungOf(level, recomputed))],
            result is not null && IsRevoked(result),
            result?.DoesNotShow ?? [],
            checks
        );
    }

    // Level 0 is what the bundle itself shows; the file adds levels 1 to 3, and nothing yet computes those above again.
    private static Rung RungOf(int level, bool recomputed) =>
        new(
            level,
            EvidenceLevel.Names[level],
            level == 0 || (recomputed && level <= 3) ? RungBasis.Recomputed : RungBasis.Stated
        );

    private static bool IsRevoked(SignedResult result) =>
        result.Checks.Any(check => check is { Name: CheckNames.NotRevoked, Status: CheckStatus.Failed });

    private static BundleFindings NoBundle(string reason)
    {
        var rest = BundleChecks
            .Expanded(EvidenceBundle.RunStatements)
            .Skip(1)
            .Select(id => Check.NotChecked(id, "The file is no bundle."));
        return new BundleFindings(
            null,
            null,
            BundleOutcome.Failed,
            null,
            null,
            null,
            [],
            false,
            [],
            [Check.Of(BundleChecks.Format, false, $"The file is no bundle: {reason}."), .. rest]
        );
    }
}
