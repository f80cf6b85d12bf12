using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>What came of an exclusion proof, for people.</summary>
internal static class ExclusionText
{
    private const int NameWidth = 38;

    public static void Write(TextWriter output, ExclusionCheck found, bool onTerminal)
    {
        output.WriteLine(Headline(found));
        if (found is { Findings: { } findings, AttestationId: { } id })
        {
            output.WriteLine($"attestation {OfflineText.Plain(id)}");
            output.WriteLine(findings.Reason);
            output.WriteLine(
                $"{findings.Hits} of {findings.Different} fingerprints, {findings.LongestRun} in a row at most; by chance present with at most {findings.ByChance:0.0e+0}, for each text asked about"
            );
        }

        output.WriteLine();
        output.WriteLine("Checks");
        foreach (var check in found.Checks)
        {
            output.WriteLine(
                $"  {CheckMark.Of(check.Status, onTerminal)} {check.Name.PadRight(NameWidth)}{OfflineText.Plain(check.Detail)}"
            );
        }

        if (found.DoesNotShow.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Does not show");
            foreach (var line in found.DoesNotShow)
            {
                output.WriteLine("  - " + line);
            }
        }
    }

    private static string Headline(ExclusionCheck found) =>
        found.Outcome switch
        {
            BundleOutcome.Passed => $"{found.Findings!.Verdict.ToString().ToUpperInvariant()}: every required check of the proof passed",
            BundleOutcome.Failed => $"FAILED: {Names(found, CheckStatus.Failed)}",
            _ => $"NOT CHECKED: {Names(found, CheckStatus.NotChecked)}",
        };

    private static string Names(ExclusionCheck found, CheckStatus status) =>
        string.Join(", ", found.Checks.Where(check => check.Status == status).Select(check => check.Name).Take(3));
}
