using System.Globalization;

namespace Lace.Cli.Train;

/// <summary>Tells how far a training is: a line that is redrawn on a terminal, a line every tenth elsewhere, JSON where asked for.</summary>
internal sealed class StepProgress(CommandHost host, TrainOutput output, string id, long firstStep, long steps)
    : IDisposable
{
    private const int Width = 24;

    private readonly long startedAt = host.Time.GetTimestamp();
    private long tokens;
    private long? nextLine;
    private bool isDrawn;

    public void Report(long step, double? loss, long newTokens, double? epsilon, double? target)
    {
        tokens += newTokens;
        var elapsed = host.Time.GetElapsedTime(startedAt);
        var rate = elapsed > TimeSpan.Zero && tokens > 0 ? tokens / elapsed.TotalSeconds : (double?)null;
        output.Event(new("step", id, step, steps, loss, epsilon, target, rate));
        if (output.IsJson || output.IsQuiet)
        {
            return;
        }

        var line = Line(step, steps, step - firstStep, loss, epsilon, target, rate, elapsed);
        if (host.IsTerminal)
        {
            isDrawn = true;
            host.Error.Write("\r\e[K" + line);
        }
        else if (step >= (nextLine ?? 0) || step == steps)
        {
            nextLine = step + Math.Max(1, (steps - firstStep) / 10);
            host.Note(line);
        }
    }

    public void Dispose()
    {
        if (isDrawn)
        {
            host.Error.WriteLine();
        }
    }

    /// <param name="made">Steps since the clock was started.</param>
    internal static string Line(
        long step,
        long steps,
        long made,
        double? loss,
        double? epsilon,
        double? target,
        double? rate,
        TimeSpan elapsed
    )
    {
        var filled = (int)(Math.Clamp((double)step / steps, 0, 1) * Width);
        var left =
            made > 0 && elapsed.TotalSeconds > 1
                ? $"  {TimeSpan.FromSeconds(Math.Round(elapsed.TotalSeconds * (steps - step) / made)):h\\:mm\\:ss} left"
                : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {step}/{steps} [{new string('#', filled)}{new string('.', Width - filled)}]{Shown("  loss ", loss, "0.000")}{Privacy(epsilon, target)}{Shown("  ", rate, "N0", " tokens/s")}{left}"
        );
    }

    private static string Privacy(double? epsilon, double? target) =>
        epsilon is null ? "" : Shown("  ε ", TrainText.Up(epsilon.Value), "0.00##") + Shown(" of ", target, "0.####");

    private static string Shown(string before, double? value, string format, string after = "") =>
        value is { } number ? before + number.ToString(format, CultureInfo.InvariantCulture) + after : "";
}
