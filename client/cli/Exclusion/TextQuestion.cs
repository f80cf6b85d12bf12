using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
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
    private readonly TextBands? bandsOf = filter.Bands is null ? null : new TextBands(filter.SaltBytes);

    /// <summary>Why nothing is said of near-duplicates where a text has no bands.</summary>
    public string NearNotChecked => NearFindings.WhyNot(filter);

    /// <exception cref="CliException">The answer does not follow from the statement.</exception>
    public async Task<AnsweredText> AskAsync(
        CheckedText text,
        byte[] bytes,
        IReadOnlyList<TextWindow> windows,
        CancellationToken cancellationToken
    )
    {
        ulong[] fingerprints = [.. windows.Select(window => window.Fingerprint)];
        var bands = bandsOf?.Of(bytes);
        var (opened, keys, near) = await asked.AskAsync(attestationId, filter, fingerprints, bands, cancellationToken);
        var proof = new ExclusionProof(signed, text, fingerprints, keys, opened, ExclusionVerdict.Inconclusive);
        if (proof.Asked.Count != fingerprints.Length || !opened.Prove([.. proof.Asked], filter.Blocks, filter.Root))
        {
            throw Refused("the blocks do not lead to the root that was signed");
        }

        var hits = opened.Find(proof.Asked, filter.Blocks);
        var findings = ExclusionFindings.Of(fingerprints, hits, filter.FalsePositiveRate);
        proof = proof with { Verdict = findings.Verdict, NearDuplicates = bands is null ? null : Answer(bands, near) };
        var check = ExclusionVerification.Verify(proof, policy, bytes);
        return check.Outcome == BundleOutcome.Failed
            ? throw Refused(check.Checks.First(one => one.Status == CheckStatus.Failed).Name)
            : new AnsweredText(proof, findings, hits, check.NearDuplicates, bands is null ? NearNotChecked : null);
    }

    private BandAnswer Answer(IReadOnlyList<ulong> bands, FilterAnswer? near)
    {
        var committed = filter.Bands!;
        if (
            near is null
            || (near.Keys ?? bands).Count != bands.Count
            || !near.Opened.Prove([.. near.Keys ?? bands], committed.Blocks, committed.Root)
        )
        {
            throw Refused("the blocks for near-duplicates do not lead to the root that was signed");
        }

        var found = near.Opened.Find(near.Keys ?? bands, committed.Blocks);
        return new BandAnswer(
            bands,
            near.Keys,
            near.Opened,
            NearFindings.Of(found, committed.FalsePositiveRate).Verdict
        );
    }

    private static CliException Refused(string why) =>
        new($"The answer is not believed: {why}.", ExitCode.EvidenceFailed);
}

/// <summary>An answer that follows from the statement.</summary>
/// <param name="Hits">Of each fingerprint whether the filter has it.</param>
/// <param name="Near">Null where nothing is said of near-duplicates, and <paramref name="NearNotChecked"/> says why.</param>
internal sealed record AnsweredText(
    ExclusionProof Proof,
    ExclusionFindings Findings,
    IReadOnlyList<bool> Hits,
    NearFindings? Near,
    string? NearNotChecked
);
