namespace Lace.Cli.Attest;

/// <summary>One line on a terminal that says how far a pass is, how fast it goes and how long it will take.</summary>
internal sealed class ProgressBar : IDisposable
{
    private const int Width = 24;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly CommandHost host;
    private readonly string label;
    private readonly long total;
    private readonly long startedAt;
    private readonly ITimer? timer;
    private readonly Lock drawing = new();
    private long done;
    private bool ended;

    /// <param name="total">Bytes to read.</param>
    public ProgressBar(CommandHost host, string label, long total, bool isShown)
    {
        (this.host, this.label, this.total) = (host, label, total);
        startedAt = host.Time.GetTimestamp();
        timer = isShown && host.IsTerminal ? host.Time.CreateTimer(_ => Draw(), null, Period, Period) : null;
    }

    /// <summary>Called from reading threads.</summary>
    public void Add(int bytes) => Interlocked.Add(ref done, bytes);

    public void Dispose()
    {
        if (timer is null)
        {
            return;
        }

        timer.Dispose();
        lock (drawing)
        {
            ended = true;
            host.Error.Write("\r\e[K");
        }
    }

    /// <summary>The line for so many bytes after so long.</summary>
    internal static string Line(string label, long done, long total, TimeSpan elapsed)
    {
        var share = total == 0 ? 1 : Math.Clamp((double)done / total, 0, 1);
        var filled = (int)(share * Width);
        var rate = elapsed > TimeSpan.Zero ? done / elapsed.TotalSeconds : 0;
        var left =
            rate > 0 && elapsed.TotalSeconds > 1
                ? $"{TimeSpan.FromSeconds(Math.Max(0, total - done) / rate):h\\:mm\\:ss} left"
                : "";
        return $"{label} [{new string('#', filled)}{new string('.', Width - filled)}] {share, 5:P0} {rate / 1e6, 6:F1} MB/s {left}";
    }

    private void Draw()
    {
        lock (drawing)
        {
            if (!ended)
            {
                host.Error.Write(
                    "\r\e[K" + Line(label, Interlocked.Read(ref done), total, host.Time.GetElapsedTime(startedAt))
                );
            }
        }
    }
}
