using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Cli.Exclusion;

/// <summary>Asks the service about one text and checks what it answers.</summary>
internal sealed class TextQuestion(
    LaceApi api,
    SignedFilter signed,
    CommittedFilter filter,
    LacePolicy? policy,
    string attestationId
)
{
    /// <exception cref="CliException">The answer does not follow from the statement.</exception>
    public async Task<(ExclusionProof Proof, ExclusionFindings Findings, IReadOnlyList<bool> Hits)> AskAsync(
        CheckedText asked,
        byte[] text,
        IReadOnlyList<TextWindow> windows,
        CancellationToken cancellationToken
    )
    {
        ulong[] fingerprints = [.. windows.Select(window => window.Fingerprint)];
        var answer = await api.AskAsync(
            "v1/exclusion-checks",
            new ExclusionQuestion(attestationId, filter.Salt, FingerprintText.Encode(fingerprints)),
            CliJson.Default.ExclusionQuestion,
            CliJson.Default.ExclusionAnswer,
            cancellationToken
        );
        var opened = Opened(answer);
        var keys = answer.Keys is null ? null : FingerprintText.Decode(answer.Keys);
        var proof = new ExclusionProof(signed, asked, fingerprints, keys, opened, ExclusionVerdict.Inconclusive);
        if (proof.Asked.Count != fingerprints.Length || !opened.Prove([.. proof.Asked], filter.Blocks, filter.Root))
        {
            throw Refused("the blocks do not lead to the root that was signed");
        }

        var hits = opened.Find(proof.Asked, filter.Blocks);
        var findings = ExclusionFindings.Of(fingerprints, hits, filter.FalsePositiveRate);
        proof = proof with { Verdict = findings.Verdict };
        var check = ExclusionVerification.Verify(proof, policy, text);
        return check.Outcome == BundleOutcome.Failed
            ? throw Refused(check.Checks.First(one => one.Status == CheckStatus.Failed).Name)
            : (proof, findings, hits);
    }

    private static OpenedBlocks Opened(ExclusionAnswer answer)
    {
        try
        {
            return new OpenedBlocks(
                Convert.FromBase64String(answer.Blocks),
                [.. answer.Hashes.Select(hash => new MerkleHash(Convert.FromBase64String(hash)))]
            );
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw Refused("it is not base64 of blocks and hashes");
        }
    }

    private static CliException Refused(string why) =>
        new($"The service's answer is not believed: {why}.", ExitCode.EvidenceFailed);
}
