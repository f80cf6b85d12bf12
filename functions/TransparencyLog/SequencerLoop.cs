using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>Runs batches while the host runs: at once where this process promised something, else when it looks by itself.</summary>
internal sealed class SequencerLoop(
    Sequencer sequencer,
    LogSignal signal,
    TimeProvider clock,
    ILogger<SequencerLoop> logger
) : BackgroundService
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    /// <summary>Only a person can help then; the log is looked at again in case one did.</summary>
    private static readonly TimeSpan AfterAlarm = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = TimeSpan.Zero;
            try
            {
                if (await sequencer.RunBatchAsync(stoppingToken) == 0)
                {
                    await signal.WorkAsync(BetweenLooks, stoppingToken);
                }
            }
            catch (StorageException failure)
            {
                Log.LogBatchFailed(logger, failure);
                pause = AfterFailure;
            }
            catch (LogStoppedException alarm)
            {
                Log.LogStopped(logger, alarm);
                pause = AfterAlarm;
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
