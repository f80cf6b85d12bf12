using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Statements;

/// <summary><c>verification/v1</c>: an ended run was verified; the subject is the chain's head. After the SLSA verification summary.</summary>
public sealed record VerificationPredicate(
    VerifierIdentity Verifier,
    DateTimeOffset TimeVerified,
    VerifiedResource Resource,
    SignedResult Result
);

/// <param name="Id">A URI of the service that verified.</param>
/// <param name="Version">Of its program.</param>
public sealed record VerifierIdentity(string Id, string Version);

/// <summary>What was verified.</summary>
public sealed record VerifiedResource(string RunId, string AttestationId, MerkleHash Root, MerkleHash Head);

/// <summary>The result as signed: all of <see cref="VerificationResult"/> but the plot; of long lists the first entries, of a long reason or detail the beginning.</summary>
/// <param name="UndeclaredStepsOmitted">How many stretches were left out; absent where none was.</param>
/// <param name="GapsOmitted">How many of the run's gaps were left out; absent where none was.</param>
/// <param name="OtherRunsOmitted">How many of the other runs were left out; absent where none was.</param>
public sealed record SignedResult(
    string Id,
    string AttestationId,
    string Verdict,
    string Reason,
    int Level,
    string LevelName,
    IReadOnlyList<Check> Checks,
    UndeclaredResult Undeclared,
    RunResult Run,
    IReadOnlyList<string> OtherRuns,
    IReadOnlyList<string> Shows,
    IReadOnlyList<string> DoesNotShow,
    DateTimeOffset ComputedAt,
    string Method,
    StatisticResult? Statistic = null,
    CorrelationResult? Correlation = null,
    int? UndeclaredStepsOmitted = null,
    int? GapsOmitted = null,
    int? OtherRunsOmitted = null
)
{
    public static SignedResult Of(VerificationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var (steps, stepsOmitted) = BoundedPredicates.Listed(result.Undeclared.Steps);
        var (gaps, gapsOmitted) = BoundedPredicates.Listed(result.Run.Gaps);
        var (others, othersOmitted) = BoundedPredicates.Listed(result.OtherRuns);
        return new SignedResult(
            result.Id,
            result.AttestationId,
            result.Verdict,
            BoundedPredicates.Sentence(result.Reason),
            result.Level,
            result.LevelName,
            [.. result.Checks.Select(check => check with { Detail = BoundedPredicates.Sentence(check.Detail) })],
            result.Undeclared with
            {
                Steps = steps,
            },
            result.Run with
            {
                Gaps = gaps,
            },
            others,
            result.Shows,
            result.DoesNotShow,
            result.ComputedAt,
            result.Method,
            result.Statistic,
            result.Correlation,
            stepsOmitted,
            gapsOmitted,
            othersOmitted
        );
    }
}
