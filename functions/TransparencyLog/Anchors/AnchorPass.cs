using Lace.Functions.Hosting;
using Lace.Platform;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>Anchors, where there is an anchor: at most once an hour, and sooner again where there was nothing to anchor or the other log was away.</summary>
internal sealed class AnchorPass(CheckpointAnchor? anchor, ILogger<AnchorPass> logger) : IPass
{
    private static readonly TimeSpan BetweenAnchors = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(5);

    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        if (anchor is null)
        {
            return Timeout.InfiniteTimeSpan;
        }

        try
        {
            var outcome = await anchor.AnchorAsync(cancellationToken);
            return outcome is null or RekorOutcome.Busy or RekorOutcome.Unreachable ? BetweenLooks : BetweenAnchors;
        }
        catch (StorageException failure)
        {
            Log.AnchorFailed(logger, failure);
            return BetweenLooks;
        }
    }
}
