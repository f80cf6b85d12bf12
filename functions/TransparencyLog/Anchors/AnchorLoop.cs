using Lace.Platform;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>Anchors, where there is an anchor, while the host runs: at most once an hour, and sooner again where there was nothing to anchor or the other log was away.</summary>
internal sealed class AnchorLoop(CheckpointAnchor? anchor, TimeProvider clock, ILogger<AnchorLoop> logger)
    : BackgroundService
{
    private static readonly TimeSpan BetweenAnchors = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (anchor is not null && !stoppingToken.IsCancellationRequested)
        {
            var pause = BetweenLooks;
            try
            {
                var outcome = await anchor.AnchorAsync(stoppingToken);
                pause = outcome is null or RekorOutcome.Busy or RekorOutcome.Unreachable
                    ? BetweenLooks
                    : BetweenAnchors;
            }
            catch (StorageException failure)
            {
                Log.AnchorFailed(logger, failure);
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
