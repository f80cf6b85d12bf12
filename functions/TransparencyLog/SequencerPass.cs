using Lace.Functions.Hosting;
using Lace.Functions.Telemetry;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>Runs batches of the log: at once where this process promised something, else when it looks by itself.</summary>
internal sealed class SequencerPass(
    Sequencer sequencer,
    LogSignal signal,
    Metrics metrics,
    ILogger<SequencerPass> logger
) : IPass, IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    /// <summary>Only a person can help then; the log is looked at again in case one did.</summary>
    private static readonly TimeSpan AfterAlarm = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim turn = new(1);

    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await sequencer.RunBatchAsync(cancellationToken) == 0 ? BetweenLooks : TimeSpan.Zero;
        }
        catch (StorageException failure)
        {
            Log.LogBatchFailed(logger, failure);
            return AfterFailure;
        }
        catch (LogStoppedException alarm)
        {
            Log.LogStopped(logger, alarm);
            metrics.Count(Metric.LogStopped);
            return AfterAlarm;
        }
        finally
        {
            turn.Release();
        }
    }

    public Task PauseAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken) =>
        time == BetweenLooks ? signal.WorkAsync(time, cancellationToken) : Task.Delay(time, clock, cancellationToken);

    public void Dispose() => turn.Dispose();
}
