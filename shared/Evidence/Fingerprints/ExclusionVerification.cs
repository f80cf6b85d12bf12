using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Lace.Evidence.Bundles;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Fingerprints;

/// <summary>What came of checking a proof: what <c>lace verify --offline</c> prints of it.</summary>
/// <param name="AttestationId">Null where the file is no proof.</param>
/// <param name="Findings">Computed from the opened blocks; null where <paramref name="Outcome"/> is failed.</param>
/// <param name="WithoutCommon">The same where common phrases were given to be subtracted.</param>
/// <param name="NearDuplicates">Apart from the verdict; null where nothing is said of them: see <paramref name="NearDuplicatesNotChecked"/>.</param>
/// <param name="NearDuplicatesNotChecked">Why nothing is said of near-duplicates.</param>
public sealed record ExclusionCheck(
    string? AttestationId,
    BundleOutcome Outcome,
    ExclusionFindings? Findings,
    IReadOnlyList<string> DoesNotShow,
    IReadOnlyList<Check> Checks,
    RemainingFindings? WithoutCommon = null,
    NearFindings? NearDuplicates = null,
    string? NearDuplicatesNotChecked = null
);

/// <summary>Checks an exclusion proof with nothing but what it is given: no network, no clock, no key but those of the policy.</summary>
public static class ExclusionVerification
{
    public const string FormatCheck = "exclusion.format";
    public const string FilterCheck = "exclusion.filter";
    public const string TextCheck = "exclusion.text";
    public const string KeysCheck = "exclusion.keys";
    public const string BlocksCheck = "exclusion.blocks";
    public const string VerdictCheck = "exclusion.verdict";

    /// <summary>Id and meaning of each check that a bundle does not have.</summary>
    public static IReadOnlyList<(string Id, string Meaning)> Table { get; } =
    [
        (FormatCheck, "the file is a proof of this format, canonical base64, within its limits"),
        (
            FilterCheck,
            "the statement commits to a filter, of a scheme that this program knows, with figures that fit together"
        ),
        (TextCheck, "the fingerprints are those of the text, under the statement's salt"),
        (
            KeysCheck,
            "what the filter was asked for are the fingerprints; of a keyed filter only an audit with its key shows it"
        ),
        (
            BlocksCheck,
            "the opened blocks are those that the question falls on, and their Merkle proof leads to the statement's root"
        ),
        (VerdictCheck, "the verdict is that of the opened blocks"),
        .. NearDuplicateChecks.Table,
    ];

    /// <summary>What a proof leaves open, whatever its verdict.</summary>
    public static IReadOnlyList<string> Limits { get; } =
    [
        "That the filter holds all of the committed dataset: that needs an audit of records drawn at random.",
        "That nothing else was trained on, or that a base model never saw the text.",
        "Paraphrases, translations and shared runs of fewer than 111 normalised bytes.",
        "For a text made up after the filter could be asked: words can be chosen until they are found by chance.",
    ];

    /// <param name="json">The proof file.</param>
    /// <param name="policy">Null: nothing is trusted, so no signature is checked.</param>
    /// <param name="text">The text; null: its fingerprints are taken as they stand.</param>
    public static ExclusionCheck Verify(ReadOnlySpan<byte> json, LacePolicy? policy, ReadOnlyMemory<byte>? text) =>
        ExclusionProof.Parse(json, out var reason) is { } proof
            ? Verify(proof, policy, text)
            : new ExclusionCheck(
                null,
                BundleOutcome.Failed,
                null,
                [],
                [Check.Of(FormatCheck, false, $"No proof: {reason}.")]
            );

    /// <inheritdoc cref="Verify(ReadOnlySpan{byte}, LacePolicy, ReadOnlyMemory{byte}?)"/>
    public static ExclusionCheck Verify(ExclusionProof proof, LacePolicy? policy, ReadOnlyMemory<byte>? text)
    {
        ArgumentNullException.ThrowIfNull(proof);
        var (signed, dataset, filter, _) = SignedFilterChecks.Run(proof.Filter, policy);
        var checks = new List<Check>
        {
            Check.Of(
                FormatCheck,
                true,
                $"{proof.Fingerprints.Count} fingerprints, {proof.Opened.Hashes.Count} hashes."
            ),
        };
        checks.AddRange(signed);
        checks.Add(Text(proof, filter, text));
        checks.Add(
            filter is null ? Check.NotChecked(KeysCheck, "There is no filter.") : Keys(KeysCheck, proof.Keys, filter)
        );
        checks.Add(Blocks(proof, filter, out var findings));
        checks.Add(Verdict(proof, findings));
        var near = NearDuplicateChecks.Run(proof.NearDuplicates, filter, text);
        checks.AddRange(near.Checks);
        var outcome = RequiredChecks.Outcome(
            checks,
            [TextCheck, KeysCheck, .. NearDuplicateChecks.Optional, BundleChecks.Witnesses],
            policy
        );
        var isBelieved = outcome != BundleOutcome.Failed;
        return new ExclusionCheck(
            dataset?.Id,
            outcome,
            isBelieved ? findings : null,
            near.Findings is null ? Limits : [.. Limits, .. NearFindings.Limits],
            checks,
            NearDuplicates: isBelieved ? near.Findings : null,
            NearDuplicatesNotChecked: isBelieved ? near.Missing : null
        );
    }

    /// <summary>What is left of a checked proof without common phrases; null where its checks failed.</summary>
    /// <param name="text">The one that the proof is of.</param>
    public static RemainingFindings? Subtract(
        ReadOnlySpan<byte> json,
        ExclusionCheck check,
        ReadOnlySpan<byte> text,
        CommonPhrases phrases
    )
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(phrases);
        if (
            check.Findings is null
            || ExclusionProof.Parse(json, out _) is not { } proof
            || proof.Filter.Read()?.Fingerprints is not { } filter
        )
        {
            return null;
        }

        var maker = new TextFingerprints(new FingerprintSettings(filter.Tier, filter.SaltBytes!));
        return RemainingFindings.Of(
            proof.Fingerprints,
            proof.Opened.Find(proof.Asked, filter.Blocks),
            phrases.Explain(text, maker.Of(text, out _)),
            filter.FalsePositiveRate
        );
    }

    private static Check Text(ExclusionProof proof, CommittedFilter? filter, ReadOnlyMemory<byte>? text)
    {
        if (text is not { } bytes)
        {
            return Check.NotChecked(TextCheck, "The text was not given (--text).");
        }

        if (filter is null)
        {
            return Check.NotChecked(TextCheck, "The salt is not known.");
        }

        var maker = new TextFingerprints(new FingerprintSettings(filter.Tier, filter.SaltBytes!));
        var windows = maker.Of(bytes.Span, out var skipped);
        var failure =
            new MerkleHash(SHA256.HashData(bytes.Span)) != proof.Text.Sha256 || bytes.Length != proof.Text.Bytes
                ? "It is another text than the proof was made of."
            : skipped.All != proof.Text.Skipped
            || !windows.Select(window => window.Fingerprint).SequenceEqual(proof.Fingerprints)
                ? "The fingerprints are not those of the text."
            : null;
        return Check.Of(
            TextCheck,
            failure is null,
            failure ?? $"{windows.Count} fingerprints of {bytes.Length} bytes."
        );
    }

    internal static Check Keys(string check, IReadOnlyList<ulong>? keys, CommittedFilter filter) =>
        (filter.Tier == FingerprintTier.Keyed) != keys is not null
            ? Check.Of(
                check,
                false,
                "Keys stand in the proof of a filter without a key, or are missing in one with a key."
            )
        : filter.Tier == FingerprintTier.Keyed
            ? Check.NotChecked(check, "The filter is keyed: that these are its keys is the service's word.")
        : Check.Of(check, true, "The filter was asked for what the text gives.");

    private static Check Blocks(ExclusionProof proof, CommittedFilter? filter, out ExclusionFindings? findings)
    {
        findings = null;
        if (filter is null)
        {
            return Check.NotChecked(BlocksCheck, "There is no filter.");
        }

        var asked = proof.Asked;
        if (!proof.Opened.Prove([.. asked], filter.Blocks, filter.Root))
        {
            return Check.Of(BlocksCheck, false, "The blocks and hashes do not lead to the root that was signed.");
        }

        findings = ExclusionFindings.Of(
            proof.Fingerprints,
            proof.Opened.Find(asked, filter.Blocks),
            filter.FalsePositiveRate
        );
        return Check.Of(
            BlocksCheck,
            true,
            $"{proof.Opened.Blocks.Length / BlockedBloomFilter.BlockSize} blocks of {filter.Blocks} lead to the signed root."
        );
    }

    private static Check Verdict(ExclusionProof proof, ExclusionFindings? findings) =>
        findings is null
            ? Check.NotChecked(VerdictCheck, "The blocks are not those of the filter.")
            : Check.Of(
                VerdictCheck,
                findings.Verdict == proof.Verdict,
                findings.Verdict == proof.Verdict
                    ? $"{findings.Hits} of {findings.Different} fingerprints are in the filter."
                    : "The blocks give another verdict."
            );
}

/// <summary>Reads and writes what <c>lace check</c> and <c>lace verify --offline</c> print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ExclusionCheck))]
public sealed partial class ExclusionCheckJson : JsonSerializerContext;
