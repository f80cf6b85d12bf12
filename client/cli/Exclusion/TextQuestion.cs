using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Verification;

namespace Lace.Cli.Exclusion;

/// <summary>Asks a filter about one text and checks the answer against the statement.</summary>
internal sealed class TextQuestion(
    IAskedFilter asked,
    SignedFilter signed,
    CommittedFilter filter,
    LacePolicy? policy,
    string attestationId
)
{
    /// <exception cref="CliException">The answer does not follow from the statement.</exception>
    public async Task<(ExclusionProof Proof, ExclusionFindings Findings, IReadOnlyList<bool> Hits)> AskAsync(
        CheckedText text,
        byte[] bytes,
        IReadOnlyList<TextWindow> windows,
        CancellationToken cancellationToken
    )
    {
        ulong[] fingerprints = [.. windows.Select(window => window.Fingerprint)];
        var (opened, keys) = await asked.AskAsync(attestationId, filter, fingerprints, cancellationToken);
        var proof = new ExclusionProof(signed, text, fingerprints, keys, opened, ExclusionVerdict.Inconclusive);
        if (proof.Asked.Count != fingerprints.Length || !opened.Prove([.. proof.Asked], filter.Blocks, filter.Root))
        {
            throw Refused("the blocks do not lead to the root that was signed");
        }

        var hits = opened.Find(proof.Asked, filter.Blocks);
        var findings = ExclusionFindings.Of(fingerprints, hits, filter.FalsePositiveRate);
        proof = proof with { Verdict = findings.Verdict };
        var check = ExclusionVerification.Verify(proof, policy, bytes);
        return check.Outcome == BundleOutcome.Failed
            ? throw Refused(check.Checks.First(one => one.Status == CheckStatus.Failed).Name)
            : (proof, findings, hits);
    }

    private static CliException Refused(string why) =>
        new($"The answer is not believed: {why}.", ExitCode.EvidenceFailed);
}
