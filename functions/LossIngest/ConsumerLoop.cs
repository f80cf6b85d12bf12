using Lace.Platform;

namespace Lace.Functions.LossIngest;

/// <summary>Drains the queue while the host runs.</summary>
internal sealed class ConsumerLoop(SegmentConsumer consumer, TimeProvider clock, ILogger<ConsumerLoop> logger)
    : BackgroundService
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Idle;
            try
            {
                if (await consumer.HandleBatchAsync(stoppingToken) > 0)
                {
                    continue;
                }
            }
            catch (StorageException failure)
            {
                Log.QueueFailed(logger, failure);
                pause = AfterFailure;
            }

            await Task.Delay(pause, clock, stoppingToken);
        }
    }
}
