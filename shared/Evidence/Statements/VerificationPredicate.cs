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

/// <summary>The result as signed: all of <see cref="VerificationResult"/> but the plot, and of very many undeclared stretches the first.</summary>
/// <param name="UndeclaredStepsOmitted">How many stretches were left out; absent where none was.</param>
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
    int? UndeclaredStepsOmitted = null
)
{
    private const int MaxSteps = 100;

    public static SignedResult Of(VerificationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var steps = result.Undeclared.Steps;
        return new SignedResult(
            result.Id,
            result.AttestationId,
            result.Verdict,
            result.Reason,
            result.Level,
            result.LevelName,
            result.Checks,
            result.Undeclared with
            {
                Steps = [.. steps.Take(MaxSteps)],
            },
            result.Run,
            result.OtherRuns,
            result.Shows,
            result.DoesNotShow,
            result.ComputedAt,
            result.Method,
            result.Statistic,
            result.Correlation,
            steps.Count > MaxSteps ? steps.Count - MaxSteps : null
        );
    }
}
