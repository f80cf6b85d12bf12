using Lace.Functions.Hosting;
using Lace.Platform;

namespace Lace.Functions.LossIngest;

/// <summary>Drains the queue while the host runs.</summary>
/// <remarks>
/// A segment becomes a dead letter only where storing it failed again and again, as with a full disk: it was accepted, so it is
/// brought back from time to time.
/// </remarks>
internal sealed class ConsumerLoop(
    SegmentConsumer consumer,
    [FromKeyedServices(PlatformPorts.Losses)] IQueue queue,
    TimeProvider clock,
    ILogger<ConsumerLoop> logger
) : BackgroundService
{
    private static readonly TimeSpan BetweenRedrives = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var redriveAt = clock.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Idle;
            try
            {
                if (clock.GetUtcNow() >= redriveAt)
                {
                    await queue.RedriveAsync(stoppingToken);
                    redriveAt = clock.GetUtcNow() + BetweenRedrives;
                }

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

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
