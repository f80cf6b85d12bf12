using System.Text.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>What came of a bundle, for people.</summary>
/// <param name="onTerminal">Marks and colours; else plain words, which a log or a pipe keeps.</param>
internal sealed class OfflineText(TextWriter output, bool onTerminal)
{
    private const int NameWidth = 38;

    /// <summary>The table of checks: what <c>--explain</c> prints.</summary>
    public static void Explain(TextWriter output)
    {
        foreach (var (id, meaning) in BundleChecks.Table)
        {
            output.WriteLine($"{id.PadRight(NameWidth)}{meaning}");
        }

        output.WriteLine();
        output.WriteLine("Of an exclusion proof, beside those of its dataset statement and of the log:");
        foreach (var (id, meaning) in ExclusionVerification.Table)
        {
            output.WriteLine($"{id.PadRight(NameWidth)}{meaning}");
        }

        output.WriteLine();
        output.WriteLine($"<kind>: {string.Join(", ", BundleChecks.Kinds)}");
    }

    public void Write(BundleFindings found)
    {
        output.WriteLine(Headline(found));
        if (found.RunId is { } run)
        {
            // Nothing of a file that was not verified may write to the terminal as it likes.
            output.WriteLine($"run {Plain(run)}, attestation {Plain(found.AttestationId!)}");
        }

        foreach (var rung in found.Rungs)
        {
            output.WriteLine(
                $"  level {rung.Level} {rung.Name.PadRight(12)}{(rung.Basis == RungBasis.Recomputed ? rung.Level == 0 ? "checked here" : "recomputed here" : "stated by the verifier")}"
            );
        }

        output.WriteLine();
        output.WriteLine("Checks");
        foreach (var (status, name, detail) in Lines(found.Checks))
        {
            output.WriteLine($"  {CheckMark.Of(status, onTerminal)} {name.PadRight(NameWidth)}{Plain(detail)}");
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

    /// <summary>One line a check; the checks of a statement in one line where all passed, and a file that is no bundle in one.</summary>
    private static IEnumerable<(CheckStatus Status, string Name, string Detail)> Lines(IReadOnlyList<Check> checks)
    {
        if (checks[0] is { Status: CheckStatus.Failed } noBundle)
        {
            return [(noBundle.Status, noBundle.Name, noBundle.Detail), (CheckStatus.NotChecked, "all others", "")];
        }

        return checks
            .GroupBy(check => check.Name.StartsWith("statement.", StringComparison.Ordinal) ? Group(check) : check.Name)
            .SelectMany(group =>
                group.Count() > 1 && group.All(check => check.Status == CheckStatus.Passed)
                    ? [(CheckStatus.Passed, group.Key + ".*", "Its form, both signatures and both log entries.")]
                    : group.Select(check => (check.Status, check.Name, check.Detail))
            );
    }

    private static string Group(Check check) => check.Name[..check.Name.LastIndexOf('.')];

    private static string Headline(BundleFindings found) =>
        found.Outcome switch
        {
            BundleOutcome.Passed =>
                $"{found.Verdict}, level {found.Level} ({found.LevelName}): every required check of the evidence passed",
            BundleOutcome.Failed => $"FAILED: {Names(found, CheckStatus.Failed)}",
            _ => $"NOT CHECKED: {Names(found, CheckStatus.NotChecked)}",
        };

    private static string Names(BundleFindings found, CheckStatus status)
    {
        const int Most = 3;
        var names = found.Checks.Where(check => check.Status == status).Select(check => check.Name).ToArray();
        return string.Join(", ", names.Take(Most)) + (names.Length > Most ? $" and {names.Length - Most} more" : "");
    }

    public static string Plain(string text) =>
        text.Any(char.IsControl) ? JsonEncodedText.Encode(text).ToString() : text;
}
