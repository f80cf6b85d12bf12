using System.Runtime.ExceptionServices;

namespace Lace.Evidence.Datasets;

/// <summary>Threads of one pass: the first that fails stops all, and its failure is what the pass throws.</summary>
internal sealed class WorkerThreads : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly List<Thread> threads = [];
    private ExceptionDispatchInfo? failure;

    public WorkerThreads(CancellationToken cancellationToken) =>
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Ends every wait of the pass.</summary>
    public CancellationToken Stopping => stop.Token;

    public void Start(string name, Action work)
    {
        var thread = new Thread(() => Run(work)) { Name = name, IsBackground = true };
        threads.Add(thread);
        thread.Start();
    }

    /// <summary>Throws what a thread threw; call it when a wait was cancelled, and at the end.</summary>
    public void ThrowFailure() => failure?.Throw();

    /// <summary>Waits for all threads to end and throws what one threw.</summary>
    public void Join()
    {
        threads.ForEach(thread => thread.Join());
        ThrowFailure();
        stop.Token.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        stop.Cancel();
        threads.ForEach(thread => thread.Join());
        stop.Dispose();
    }

    private void Run(Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            stop.Cancel();
        }
    }
}
