using System.Text.Json.Serialization;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Cli.Exclusion;

/// <summary>Body of <c>POST /v1/exclusion-checks</c>: all that leaves of a text.</summary>
/// <param name="Bands">Null where nothing is asked about near-duplicates.</param>
internal sealed record ExclusionQuestion(string AttestationId, string Salt, string Fingerprints, string? Bands = null);

/// <summary>What of its answer is used: the findings are computed from the blocks, not taken from it.</summary>
internal sealed record ExclusionAnswer(
    string? Keys,
    string Blocks,
    IReadOnlyList<string> Hashes,
    OpenedAnswer? NearDuplicates = null
);

/// <summary>What is used of the answer about near-duplicates.</summary>
internal sealed record OpenedAnswer(string? Keys, string Blocks, IReadOnlyList<string> Hashes);

/// <summary>A part of a text whose fingerprints were found.</summary>
/// <param name="Start">Byte of the text.</param>
/// <param name="End">Behind the part.</param>
/// <param name="Excerpt">Its beginning, in one line.</param>
internal sealed record MatchedSpan(int Start, int End, string Excerpt);

/// <summary>What <c>lace check</c> found of one text.</summary>
/// <param name="Findings">Null where it could not be asked: see <paramref name="Error"/>.</param>
/// <param name="Skipped">Fingerprints that a public filter leaves out: nothing is said of these places.</param>
/// <param name="Proof">File with the proof, where one was asked for.</param>
/// <param name="WithoutCommon">What decides where common phrases were subtracted; null where none were.</param>
/// <param name="Common">Parts that were found and are common phrases; <paramref name="Matched"/> has the others.</param>
/// <param name="NearDuplicates">Apart from the verdict, of the whole text; null where nothing is said: see <paramref name="NearDuplicatesNotChecked"/>.</param>
internal sealed record CheckedFile(
    string Text,
    ExclusionFindings? Findings,
    int Skipped,
    IReadOnlyList<MatchedSpan> Matched,
    string? Proof,
    string? Error,
    RemainingFindings? WithoutCommon = null,
    IReadOnlyList<MatchedSpan>? Common = null,
    NearFindings? NearDuplicates = null,
    string? NearDuplicatesNotChecked = null
)
{
    /// <summary>What the verdict is taken from.</summary>
    [JsonIgnore]
    public ExclusionFindings? Deciding => WithoutCommon?.Findings ?? Findings;
}

/// <summary>What <c>lace check --json</c> prints.</summary>
/// <param name="Signed">Whether the statement was checked against a policy.</param>
/// <param name="PhrasesRoot">Which common phrases were subtracted.</param>
/// <param name="ByChanceOfAny">At most the probability that one of these texts, were none of them in the data, is called present.</param>
internal sealed record CheckResult(
    string AttestationId,
    string Root,
    FingerprintTier Tier,
    bool Signed,
    IReadOnlyList<CheckedFile> Texts,
    double ByChanceOfAny,
    IReadOnlyList<string> DoesNotShow,
    string? PhrasesRoot = null
);

/// <summary>What <c>lace check --dry-run --json</c> prints of one text.</summary>
/// <param name="Bands">Null where none would be sent.</param>
internal sealed record CheckDryRun(
    string Text,
    int Skipped,
    IReadOnlyList<string> Fingerprints,
    IReadOnlyList<string>? Bands = null
);
