using System.Text.Json.Serialization;

namespace Lace.Evidence.Fingerprints;

/// <summary>What the hits of a text say.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExclusionVerdict>))]
public enum ExclusionVerdict
{
    /// <summary>Neither of the others.</summary>
    [JsonStringEnumMemberName("INCONCLUSIVE")]
    Inconclusive,

    /// <summary>No run of 111 normalised bytes of the text is in the committed set, but for at most two places.</summary>
    [JsonStringEnumMemberName("CLEAR")]
    Clear,

    /// <summary>More of the text is in the committed set than chance finds.</summary>
    [JsonStringEnumMemberName("PRESENT")]
    Present,
}

/// <summary>The verdict of one text with what it rests on (docs/formats/fingerprints.md).</summary>
/// <param name="Windows">Fingerprints of the text that were asked for, in its order.</param>
/// <param name="Different">How many of them are different: one that is repeated counts once.</param>
/// <param name="Hits">Different ones that the filter has.</param>
/// <param name="LongestRun">Different ones in the longest row of windows that the filter has.</param>
/// <param name="PresentFrom">Hits from which a text of so many fingerprints is present.</param>
/// <param name="ByChance">At most the probability that a text which is not in the set at all is called present; for each text that is asked for.</param>
/// <param name="ExpectedByChance">Hits to expect of such a text.</param>
public sealed record ExclusionFindings(
    ExclusionVerdict Verdict,
    string Reason,
    int Windows,
    int Different,
    int Hits,
    int LongestRun,
    int PresentFrom,
    double ByChance,
    double ExpectedByChance
)
{
    /// <summary>A text with fewer may be shorter than what is found for certain.</summary>
    public const int MinWindows = 2;

    private const int ClearHits = 2;
    private const int PresentRun = 3;
    private const int LeastPresentHits = 7;

    /// <summary>What chance may reach: 7 hits of 151 fingerprints, 10 of 600, at 16 bits a key.</summary>
    private const double PresentByChance = 2.5e-10;

    /// <param name="fingerprints">Of the text, in its order.</param>
    /// <param name="found">Of each whether the filter has it.</param>
    /// <param name="rate">False positives of the filter.</param>
    public static ExclusionFindings Of(IReadOnlyList<ulong> fingerprints, IReadOnlyList<bool> found, double rate)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        ArgumentNullException.ThrowIfNull(found);
        ArgumentOutOfRangeException.ThrowIfNotEqual(found.Count, fingerprints.Count, nameof(found));
        var different = fingerprints.Distinct().Count();
        var hits = fingerprints.Where((_, i) => found[i]).Distinct().Count();
        var run = LongestRunOf(fingerprints, found);
        var from = PresentFromHits(different, rate);
        var (verdict, reason) = Judge(fingerprints.Count, hits, run, from);
        return new ExclusionFindings(
            verdict,
            reason,
            fingerprints.Count,
            different,
            hits,
            run,
            from,
            Math.Min(1, FalsePositives.Tail(different, rate, from) + (different * Math.Pow(rate, PresentRun))),
            different * rate
        );
    }

    /// <summary>The least number of hits that so many fingerprints do not reach by chance.</summary>
    public static int PresentFromHits(int different, double rate)
    {
        var hits = LeastPresentHits;
        while (hits <= different && FalsePositives.Tail(different, rate, hits) > PresentByChance)
        {
            hits++;
        }

        return hits;
    }

    private static (ExclusionVerdict Verdict, string Reason) Judge(int windows, int hits, int run, int from) =>
        hits >= from
            ? (
                ExclusionVerdict.Present,
                $"{hits} fingerprints are in the filter, and {from} are more than chance finds."
            )
        : run >= PresentRun ? (ExclusionVerdict.Present, $"{run} fingerprints in a row are in the filter.")
        : windows < MinWindows
            ? (
                ExclusionVerdict.Inconclusive,
                "The text is too short: what is found for certain has 111 normalised bytes."
            )
        : hits <= ClearHits && run < 2
            ? (
                ExclusionVerdict.Clear,
                hits == 0
                    ? "No fingerprint is in the filter."
                    : $"{hits} fingerprints are in the filter, as chance may have it, and none beside another."
            )
        : (
            ExclusionVerdict.Inconclusive,
            $"{hits} fingerprints are in the filter: too many to be clear of it, too few to be present."
        );

    private static int LongestRunOf(IReadOnlyList<ulong> fingerprints, IReadOnlyList<bool> found)
    {
        var longest = 0;
        var row = new HashSet<ulong>();
        for (var i = 0; i < fingerprints.Count; i++)
        {
            if (!found[i])
            {
                row.Clear();
                continue;
            }

            row.Add(fingerprints[i]);
            longest = Math.Max(longest, row.Count);
        }

        return longest;
    }
}
