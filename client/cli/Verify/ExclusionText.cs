using Lace.Cli.Exclusion;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>What came of an exclusion proof, for people.</summary>
internal static class ExclusionText
{
    public static void Write(TextWriter output, ExclusionCheck found, bool onTerminal)
    {
        output.WriteLine(Headline(found));
        if (found is { Findings: { } findings, AttestationId: { } id })
        {
            output.WriteLine($"attestation {CheckLines.Plain(id)}");
            output.WriteLine(findings.Reason);
            output.WriteLine(
                $"{findings.Hits} of {findings.Different} fingerprints, {findings.LongestRun} in a row at most; by chance present with at most {findings.ByChance:0.0e+0}, for each text asked about"
            );
        }

        if (found.WithoutCommon is { } without)
        {
            output.WriteLine(
                $"without {without.Common} fingerprints that are common phrases, {without.CommonHits} of them found: {without.Findings.Verdict.ToString().ToUpperInvariant()}. {without.Findings.Reason}"
            );
        }

        if (found.Findings is not null)
        {
            output.WriteLine(CheckReport.Near(found.NearDuplicates, found.NearDuplicatesNotChecked));
        }

        output.WriteLine();
        CheckLines.Write(output, onTerminal, found.Checks);
        CheckLines.WriteDoesNotShow(output, found.DoesNotShow);
    }

    private static string Headline(ExclusionCheck found) =>
        found.Outcome switch
        {
            BundleOutcome.Passed =>
                $"{found.Findings!.Verdict.ToString().ToUpperInvariant()}: every required check of the proof passed",
            BundleOutcome.Failed => $"FAILED: {CheckLines.Names(found.Checks, CheckStatus.Failed)}",
            _ => $"NOT CHECKED: {CheckLines.Names(found.Checks, CheckStatus.NotChecked)}",
        };
}
