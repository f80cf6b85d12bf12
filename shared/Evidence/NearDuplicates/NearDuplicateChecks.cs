using Lace.Evidence.Fingerprints;
using Lace.Evidence.Verification;

namespace Lace.Evidence.NearDuplicates;

/// <summary>Checks the part of an exclusion proof that is about near-duplicates.</summary>
/// <param name="Findings">Computed from the opened blocks; null where nothing was asked, or the blocks are not those of the filter.</param>
/// <param name="Missing">Why nothing is said of near-duplicates; null where something is.</param>
internal sealed record NearDuplicateChecks(IReadOnlyList<Check> Checks, NearFindings? Findings, string? Missing)
{
    public const string FilterCheck = "near.filter";
    public const string TextCheck = "near.text";
    public const string KeysCheck = "near.keys";
    public const string BlocksCheck = "near.blocks";
    public const string VerdictCheck = "near.verdict";

    private const string NoFilter = "the statement commits to none";
    private const string NotAsked =
        "the proof has no answer: the text is too short for bands, or they were not asked for";

    /// <summary>Id and meaning of each.</summary>
    public static IReadOnlyList<(string Id, string Meaning)> Table { get; } =
    [
        (
            FilterCheck,
            "the statement commits to a filter for near-duplicates, of a scheme that this program knows, with figures that fit together"
        ),
        (TextCheck, "the bands are those of the text, under the statement's salt"),
        (
            KeysCheck,
            "what the second filter was asked for are the bands; of a keyed filter only an audit with its key shows it"
        ),
        (
            BlocksCheck,
            "the opened blocks are those that the bands fall on, and their Merkle proof leads to the second root of the statement"
        ),
        (VerdictCheck, "the verdict on near-duplicates is that of the opened blocks"),
    ];

    /// <summary>Those that a proof can do without.</summary>
    public static IReadOnlyList<string> Optional { get; } = [TextCheck, KeysCheck];

    /// <param name="answer">Null where the proof has none.</param>
    /// <param name="filter">Null where the statement commits to no filter.</param>
    public static NearDuplicateChecks Run(BandAnswer? answer, CommittedFilter? filter, ReadOnlyMemory<byte>? text)
    {
        if (answer is null)
        {
            return new NearDuplicateChecks([], null, WhyNot(filter));
        }

        var committed = filter?.Bands;
        var checks = new List<Check>
        {
            Check.Of(
                FilterCheck,
                committed is not null,
                committed is null
                    ? "The statement commits to no filter for near-duplicates that this program knows."
                    : $"{committed.Scheme}, {committed.Blocks} blocks, root {committed.Root}."
            ),
        };
        if (committed is null)
        {
            return new NearDuplicateChecks(checks, null, NoFilter);
        }

        var opened = answer.Opened.Prove([.. answer.Asked], committed.Blocks, committed.Root);
        var findings = opened
            ? NearFindings.Of(answer.Opened.Find(answer.Asked, committed.Blocks), committed.FalsePositiveRate)
            : null;
        checks.Add(Text(answer, filter!, text));
        checks.Add(ExclusionVerification.Keys(KeysCheck, answer.Keys, filter!));
        checks.Add(
            Check.Of(
                BlocksCheck,
                opened,
                opened
                    ? $"{answer.Opened.Blocks.Length / BlockedBloomFilter.BlockSize} blocks of {committed.Blocks} lead to the second root that was signed."
                    : "The blocks and hashes do not lead to the second root that was signed."
            )
        );
        checks.Add(
            findings is null ? Check.NotChecked(VerdictCheck, "The blocks are not those of the filter.")
            : findings.Verdict == answer.Verdict
                ? Check.Of(VerdictCheck, true, $"{findings.Hits} of {findings.Bands} bands are in the filter.")
            : Check.Of(VerdictCheck, false, "The blocks give another verdict on near-duplicates.")
        );
        return new NearDuplicateChecks(checks, findings, null);
    }

    private static string WhyNot(CommittedFilter? filter) =>
        filter is null ? NoFilter
        : filter.Bands is null ? NearFindings.WhyNot(filter)
        : NotAsked;

    private static Check Text(BandAnswer answer, CommittedFilter filter, ReadOnlyMemory<byte>? text)
    {
        if (text is not { } bytes)
        {
            return Check.NotChecked(TextCheck, "The text was not given (--text).");
        }

        var holds = new TextBands(filter.SaltBytes!).Of(bytes.Span)?.SequenceEqual(answer.Bands) == true;
        return Check.Of(
            TextCheck,
            holds,
            holds ? $"{answer.Bands.Count} bands of {bytes.Length} bytes." : "The bands are not those of the text."
        );
    }
}
