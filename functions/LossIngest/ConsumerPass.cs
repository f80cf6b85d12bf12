using Lace.Functions.Hosting;
using Lace.Platform;

namespace Lace.Functions.LossIngest;

/// <summary>Drains the queue.</summary>
/// <remarks>
/// A segment becomes a dead letter only where storing it failed again and again, as with a full disk: it was accepted, so it is
/// brought back from time to time.
/// </remarks>
internal sealed class ConsumerPass(
    SegmentConsumer consumer,
    [FromKeyedServices(PlatformPorts.Losses)] IQueue queue,
    TimeProvider clock,
    ILogger<ConsumerPass> logger
) : IPass
{
    private static readonly TimeSpan BetweenRedrives = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    private DateTimeOffset redriveAt = clock.GetUtcNow();

    /// <summary>On Lambda the queue's event source calls, and dead letters are an alarm for the operator.</summary>
    public bool IsScheduled => false;

    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (clock.GetUtcNow() >= redriveAt)
            {
                await queue.RedriveAsync(cancellationToken);
                redriveAt = clock.GetUtcNow() + BetweenRedrives;
            }

            return await consumer.HandleBatchAsync(cancellationToken) > 0 ? TimeSpan.Zero : Idle;
        }
        catch (StorageException failure)
        {
            Log.QueueFailed(logger, failure);
            return AfterFailure;
        }
    }
}
