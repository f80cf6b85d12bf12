using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Cli.Exclusion;

/// <summary>What came of <c>lace check</c>, for people.</summary>
internal static class CheckReport
{
    private const int MostSpans = 10;

    public static void Write(TextWriter output, CheckResult result)
    {
        output.WriteLine($"attestation {result.AttestationId}, filter {Tier(result.Tier)}");
        foreach (var text in result.Texts)
        {
            output.WriteLine();
            Write(output, text);
        }

        output.WriteLine();
        output.WriteLine(
            $"By chance alone {(result.Texts.Count == 1 ? "it" : "any of them")} would be called present with a probability of at most {result.ByChanceOfAny:0.0e+0}; it adds up over all texts that are asked about."
        );
        output.WriteLine("Does not show");
        foreach (var line in result.DoesNotShow)
        {
            output.WriteLine("  - " + line);
        }
    }

    private static void Write(TextWriter output, CheckedFile text)
    {
        if (text.Deciding is not { } found)
        {
            output.WriteLine($"{text.Text}: not asked: {text.Error}");
            return;
        }

        output.WriteLine($"{text.Text}: {Word(found.Verdict)}");
        output.WriteLine($"  {found.Reason}");
        output.WriteLine(
            $"  {found.Hits} of {found.Different} fingerprints found, {found.LongestRun} in a row at most; present from {found.PresentFrom}, or 3 in a row"
        );
        if (text.Skipped > 0)
        {
            output.WriteLine(
                $"  {text.Skipped} places are not covered: a public filter leaves out what may be personal or says nothing"
            );
        }

        if (text.WithoutCommon is { } without)
        {
            output.WriteLine(
                $"  {without.Common} fingerprints are common phrases and were left out, {without.CommonHits} of them found; with them it would be {Word(text.Findings!.Verdict)}"
            );
        }

        Write(output, "found ", text.Matched);
        Write(output, "common", text.Common ?? []);
        output.WriteLine("  " + Near(text.NearDuplicates, text.NearDuplicatesNotChecked));
        if (text.Proof is { } proof)
        {
            output.WriteLine($"  proof  {proof}");
        }
    }

    /// <summary>The line about near-duplicates, wherever it stands.</summary>
    public static string Near(NearFindings? near, string? notChecked) =>
        near is null
            ? $"near-duplicates: not checked ({notChecked})"
            : $"near-duplicates: {Word(near.Verdict)}: {near.Reason} {near.Hits} of {near.Bands} bands{(near.Hits == 0 ? "" : " (" + string.Join(' ', near.HitBands) + ")")}, near from {near.NearFrom}; by the filter's chance alone with a probability of {near.ByChance:0.0e+0}{(near.EstimatedSimilarity is { } similarity ? $"; estimated similarity {similarity:0.00}, if all are of one record" : "")}";

    /// <summary>As the specification spells it.</summary>
    public static string Word(NearVerdict verdict) =>
        verdict switch
        {
            NearVerdict.Near => "NEAR",
            NearVerdict.NotFound => "NOT_FOUND",
            _ => "UNDECIDED",
        };

    private static void Write(TextWriter output, string label, IReadOnlyList<MatchedSpan> spans)
    {
        foreach (var span in spans.Take(MostSpans))
        {
            output.WriteLine($"  {label} bytes {span.Start}-{span.End}: {span.Excerpt}");
        }

        if (spans.Count > MostSpans)
        {
            output.WriteLine($"  and {spans.Count - MostSpans} places more (--json has all)");
        }
    }

    /// <summary>As the specification spells it.</summary>
    public static string Word(ExclusionVerdict verdict) => verdict.ToString().ToUpperInvariant();

    private static string Tier(FingerprintTier tier) =>
        tier switch
        {
            FingerprintTier.Public => "T0 (public)",
            FingerprintTier.Keyed => "T2 (keyed: that the service used its key is its word)",
            _ => "T1 (private)",
        };
}
