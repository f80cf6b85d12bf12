using Lace.Evidence.Statements;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>What the checks of a file come to together.</summary>
internal static class RequiredChecks
{
    /// <summary>A check that failed counts, required or not; one that was not done counts where it is required.</summary>
    /// <param name="optional">Names of those that are not; signatures are as the policy says.</param>
    public static BundleOutcome Outcome(List<Check> checks, IReadOnlyList<string> optional, LacePolicy? policy) =>
        checks.Exists(check => check.Status == CheckStatus.Failed) ? BundleOutcome.Failed
        : checks.TrueForAll(check => check.Passed || optional.Contains(check.Name) || !IsRequired(check.Name, policy))
            ? BundleOutcome.Passed
        : BundleOutcome.NotChecked;

    private static bool IsRequired(string id, LacePolicy? policy) =>
        !(IsSignature(id, BundleChecks.P256) && !Requires(policy, StatementAlgorithm.P256))
        && !(IsSignature(id, BundleChecks.P256Logged) && !Requires(policy, StatementAlgorithm.P256))
        && !(IsSignature(id, BundleChecks.Hybrid) && !Requires(policy, StatementAlgorithm.Hybrid));

    private static bool IsSignature(string id, string part) => id.EndsWith('.' + part, StringComparison.Ordinal);

    private static bool Requires(LacePolicy? policy, StatementAlgorithm algorithm) =>
        policy?.Require.Contains(algorithm) ?? true;
}
