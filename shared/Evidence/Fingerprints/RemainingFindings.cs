namespace Lace.Evidence.Fingerprints;

/// <summary>What is left of a text without the fingerprints that common phrases explain: as if the text did not have them.</summary>
/// <param name="Common">Different fingerprints of the text that common phrases have.</param>
/// <param name="CommonHits">Of them those that the filter has.</param>
/// <param name="Findings">Of the others, in their order; the verdict rules are the same.</param>
public sealed record RemainingFindings(int Common, int CommonHits, ExclusionFindings Findings)
{
    private const string NothingLeft = "Nothing of the text is left but common phrases.";

    /// <param name="fingerprints">Of the text, in its order.</param>
    /// <param name="found">Of each whether the filter has it.</param>
    /// <param name="common">Of each whether a common phrase explains it.</param>
    /// <param name="rate">False positives of the filter.</param>
    public static RemainingFindings Of(
        IReadOnlyList<ulong> fingerprints,
        IReadOnlyList<bool> found,
        IReadOnlyList<bool> common,
        double rate
    )
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        ArgumentOutOfRangeException.ThrowIfNotEqual(common.Count, fingerprints.Count, nameof(common));
        int[] left = [.. Enumerable.Range(0, fingerprints.Count).Where(i => !common[i])];
        var findings = ExclusionFindings.Of(
            [.. left.Select(i => fingerprints[i])],
            [.. left.Select(i => found[i])],
            rate
        );
        return new RemainingFindings(
            fingerprints.Where((_, i) => common[i]).Distinct().Count(),
            fingerprints.Where((_, i) => common[i] && found[i]).Distinct().Count(),
            left.Length == 0 ? findings with { Reason = NothingLeft } : findings
        );
    }
}
