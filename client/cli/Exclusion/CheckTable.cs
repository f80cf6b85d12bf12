using Lace.Evidence.NearDuplicates;

namespace Lace.Cli.Exclusion;

/// <summary>What <c>lace check --csv</c> prints: RFC 4180, one line a text.</summary>
internal static class CheckTable
{
    public static void Write(TextWriter output, CheckResult result)
    {
        output.WriteLine(
            "text,verdict,fingerprints,different,hits,longest_run,present_from,by_chance,skipped,common_hits,reason,near,near_hits,near_similarity"
        );
        foreach (var text in result.Texts)
        {
            output.WriteLine(
                text.Deciding is { } found
                    ? $"{Quoted(text.Text)},{CheckReport.Word(found.Verdict)},{found.Windows},{found.Different},{found.Hits},{found.LongestRun},{found.PresentFrom},{found.ByChance:r},{text.Skipped},{text.WithoutCommon?.CommonHits},{Quoted(found.Reason)},{Near(text.NearDuplicates)}"
                    : $"{Quoted(text.Text)},,,,,,,,,,{Quoted(text.Error!)},,,"
            );
        }
    }

    // Empty where nothing is said of near-duplicates: no verdict is not NOT_FOUND.
    private static string Near(NearFindings? near) =>
        near is null ? ",," : $"{CheckReport.Word(near.Verdict)},{near.Hits},{near.EstimatedSimilarity:0.00}";

    // A name that begins so would be a formula to a spreadsheet.
    private static string Quoted(string text) =>
        $"\"{(text is ['=' or '+' or '@', ..] ? "'" : "")}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
