using System.Globalization;
using Lace.Evidence.Trajectories;

namespace Lace.Cli.Score;

/// <summary>A line a run, the reason under it where it is not consistent, and what every verdict assumes.</summary>
internal sealed class ScoreText(TextWriter writer) : IScoreOutput
{
    public void Write(ScoredRun scored)
    {
        writer.WriteLine($"{OneLine(scored.Run.Id), -6} {scored.Verdict.Word, -17} {Figures(scored)}");
        if (scored.Verdict.Outcome != Verdict.Consistent)
        {
            writer.WriteLine("       reason: " + scored.Verdict.Reason);
        }

        if (scored.Verdict.Warning is { } warning)
        {
            writer.WriteLine("       warning: " + warning);
        }

        if (scored.Breaks is { } broken)
        {
            writer.WriteLine(
                $"       breaks: \"{broken.Statement}\" (by the file's own label; no loss statistic can see it)"
            );
        }
        else if (scored.Run.Label == "limit")
        {
            writer.WriteLine("       labelled a known limit of the method: " + OneLine(scored.Run.Note));
        }
    }

    public void End(string? order, int runs)
    {
        if (runs == 0)
        {
            return;
        }

        writer.WriteLine();
        writer.WriteLine(
            "p: probability of such a score if the claimed order were merely rotated (normal tail). Grades are effect sizes, not error rates."
        );
        writer.WriteLine(
            order is null
                ? "Assumed, because a run file does not say: the order of the batches was bound before training (--order)."
                : $"Order of the batches as given: {order}."
        );
        writer.WriteLine("Assumed, because no loss statistic can see it:");
        foreach (var assumption in TrajectoryAssumption.All)
        {
            writer.WriteLine($"  - {assumption.Statement} (would be established by: {assumption.Remedy})");
        }
    }

    private static string Figures(ScoredRun scored)
    {
        if (scored.Score.Statistic is not { } statistic)
        {
            return $"n {scored.Score.Usable}";
        }

        var flagged = string.Join(",", scored.Undeclared.Steps.Select(range => $"{range.From}..{range.To}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"score {statistic.Score:0.000} [{statistic.IntervalLow:0.000}, {statistic.IntervalHigh:0.000}] {PValue.Text(statistic.TailProbability)} n {scored.Score.Usable} grade {scored.Verdict.Grade.ToString().ToLowerInvariant()} {scored.Verdict.Alias} flagged steps {(flagged.Length == 0 ? "none" : flagged)}"
        );
    }

    /// <summary>Text from a file must not move the terminal's cursor or start a line that looks like ours.</summary>
    private static string OneLine(string text) =>
        string.Concat(text.Take(200).Select(character => char.IsControl(character) ? ' ' : character));
}
