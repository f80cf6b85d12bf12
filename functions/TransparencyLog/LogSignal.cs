namespace Lace.Functions.TransparencyLog;

/// <summary>Wakes the sequencer of this process when there is something to do, and the waiting when something was published.</summary>
/// <remarks>Nothing is lost without it: the sequencer and those who wait also look on their own, less often.</remarks>
internal sealed class LogSignal : IDisposable
{
    private readonly SemaphoreSlim work = new(0, 1);
    private volatile TaskCompletionSource published = New();

    /// <summary>Completes with the next batch that is published.</summary>
    public Task Published => published.Task;

    /// <summary>Something was promised, and its transaction is committed.</summary>
    public void Wake()
    {
        try
        {
            work.Release();
        }
        catch (SemaphoreFullException)
        {
            // It was told already.
        }
    }

    /// <summary>Returns when somebody called <see cref="Wake"/>, or after that time.</summary>
    public Task WorkAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        work.WaitAsync(atMost, cancellationToken);

    /// <summary>A batch is public, and its indices can be found.</summary>
    public void Publish() => Interlocked.Exchange(ref published, New()).SetResult();

    public void Dispose() => work.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
