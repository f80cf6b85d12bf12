using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.RecordAudits;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>What came of a bundle, for people.</summary>
/// <param name="onTerminal">Marks and colours; else plain words, which a log or a pipe keeps.</param>
internal sealed class OfflineText(TextWriter output, bool onTerminal)
{
    /// <summary>The table of checks: what <c>--explain</c> prints.</summary>
    public static void Explain(TextWriter output)
    {
        CheckLines.Explain(output, BundleChecks.Table);
        output.WriteLine();
        output.WriteLine($"<kind>: {string.Join(", ", BundleChecks.Kinds)}");
        output.WriteLine();
        output.WriteLine("Of a DP certificate:");
        CheckLines.Explain(output, CertificateChecks.Table);
        output.WriteLine();
        output.WriteLine("Of an exclusion proof, beside those of its dataset statement and of the log:");
        CheckLines.Explain(output, ExclusionVerification.Table);
        output.WriteLine();
        output.WriteLine(
            "Of an audit of records, beside those of its dataset statement, of the log and exclusion.filter:"
        );
        CheckLines.Explain(output, RecordAuditVerification.Table);
    }

    public void Write(BundleFindings found)
    {
        output.WriteLine(Headline(found));
        if (found.RunId is { } run)
        {
            // Nothing of a file that was not verified may write to the terminal as it likes.
            output.WriteLine($"run {CheckLines.Plain(run)}, attestation {CheckLines.Plain(found.AttestationId!)}");
        }

        foreach (var rung in found.Rungs)
        {
            output.WriteLine(
                $"  level {rung.Level} {rung.Name.PadRight(12)}{(rung.Basis == RungBasis.Recomputed ? rung.Level == 0 ? "checked here" : "recomputed here" : "stated by the verifier")}"
            );
        }

        output.WriteLine();
        CheckLines.Write(output, onTerminal, found.Checks);
        CheckLines.WriteDoesNotShow(output, found.DoesNotShow);
    }

    private static string Headline(BundleFindings found) =>
        found.Outcome switch
        {
            BundleOutcome.Passed =>
                $"{found.Verdict}, level {found.Level} ({found.LevelName}): every required check of the evidence passed",
            BundleOutcome.Failed => $"FAILED: {CheckLines.Names(found.Checks, CheckStatus.Failed)}",
            _ => $"NOT CHECKED: {CheckLines.Names(found.Checks, CheckStatus.NotChecked)}",
        };
}
