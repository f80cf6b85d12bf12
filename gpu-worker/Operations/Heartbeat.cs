using Lace.Platform;
using Lace.Records.Training;

namespace Lace.Worker.Operations;

/// <summary>Keeps the lease alive beside the training. Where it is lost, or cannot be kept, the worker has to stop at once.</summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Task beating;

    /// <param name="onLost">Called at most once, on another thread.</param>
    public Heartbeat(ClientLease lease, TimeSpan duration, TimeProvider clock, Action<Exception> onLost) =>
        beating = Task.Run(() => BeatAsync(lease, duration, clock, onLost));

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task BeatAsync(ClientLease lease, TimeSpan duration, TimeProvider clock, Action<Exception> onLost)
    {
        var last = clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(duration / 3, clock, stopping.Token);
            try
            {
                await lease.ExtendAsync(stopping.Token);
                last = clock.GetTimestamp();
            }
            catch (LeaseLostException lost)
            {
                onLost(lost);
                return;
            }
            catch (StorageException failure) when (clock.GetElapsedTime(last) > duration)
            {
                // Another may have taken the client by now.
                onLost(failure);
                return;
            }
            catch (StorageException)
            {
                // Tried again while the lease still holds.
            }
        }
    }
}
