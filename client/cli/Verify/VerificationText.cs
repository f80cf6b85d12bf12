using System.Globalization;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>A verification for people: the verdict first, then why, then what it does not show.</summary>
/// <param name="onTerminal">Marks and colours; else plain words, which a log or a pipe keeps.</param>
internal sealed class VerificationText(TextWriter output, bool onTerminal)
{
    private const int NameWidth = 26;

    public void Write(VerificationResult result)
    {
        output.WriteLine($"{Verdict(result.Verdict)}: {result.Reason}");
        output.WriteLine(
            $"run {result.Id}, attestation {result.AttestationId}, level {result.Level} ({result.LevelName})"
        );
        output.WriteLine();
        output.WriteLine("Checks");
        foreach (var check in result.Checks)
        {
            output.WriteLine(
                $"  {CheckMark.Of(check.Status, onTerminal)} {check.Name.PadRight(NameWidth)}{check.Detail}"
            );
        }

        output.WriteLine();
        WriteStatistic(result);
        WriteRun(result);
        WriteList("Shows", result.Shows);
        WriteList("Does not show", result.DoesNotShow);
        WriteList("Other runs of the attestation", result.OtherRuns);
    }

    private void WriteStatistic(VerificationResult result)
    {
        if (result.Statistic is not { } statistic)
        {
            return;
        }

        output.WriteLine($"Statistic: {statistic.Name}");
        output.WriteLine(
            $"  score       {Number(statistic.Score)}  ({Number(statistic.CiLow)} to {Number(statistic.CiHigh)}, approx. 90 % interval), grade {statistic.Grade}"
                + (statistic.GradeCap is { } cap ? $", capped at {cap}" : "")
        );
        output.WriteLine($"  null        {statistic.Null}: {Number(statistic.NullMean)} ± {Number(statistic.NullSd)}");
        output.WriteLine($"  tail        {PValue.Text(statistic.PTail)}; by rotations {PValue.Text(statistic.PShift)}");
        output.WriteLine(
            $"  points      {statistic.N} usable of {statistic.Points}, {statistic.NEff.ToString("0", CultureInfo.InvariantCulture)} effective; log10 likelihood ratio {statistic.Log10LikelihoodRatio.ToString("0.0", CultureInfo.InvariantCulture)}"
        );
        if (statistic.Warning is { } warning)
        {
            output.WriteLine($"  warning     {warning}");
        }

        var steps = result.Undeclared.Steps.Select(span => $"{span.From}..{span.To}").ToArray();
        output.WriteLine(
            $"  undeclared  {(steps.Length == 0 ? "no steps flagged" : "steps " + string.Join(", ", steps))} ({(100 * result.Undeclared.Fraction).ToString("0.#", CultureInfo.InvariantCulture)} %)"
        );
        output.WriteLine();
    }

    private void WriteRun(VerificationResult result)
    {
        var run = result.Run;
        output.WriteLine(
            $"Run: {run.Points} points in {run.Segments} segments, order {run.Order}, {(run.Finished ? "finished" : "not finished")}; {run.Superseded} superseded, {run.NonFinite} not finite"
        );
        foreach (var (reason, count) in run.Refused.Where(entry => entry.Value > 0))
        {
            output.WriteLine($"  {count} segments refused: {reason}");
        }

        output.WriteLine();
    }

    private void WriteList(string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        output.WriteLine(title);
        foreach (var line in lines)
        {
            output.WriteLine("  - " + line);
        }

        output.WriteLine();
    }

    private string Verdict(string word) =>
        !onTerminal ? word
        : word == "CONSISTENT" ? $"\e[1;32m{word}\e[0m"
        : word == "INCONSISTENT" ? $"\e[1;31m{word}\e[0m"
        : $"\e[1;33m{word}\e[0m";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
