using System.Collections.Concurrent;

namespace Lace.Platform.Embedded;

/// <summary>
/// Threads for work that waits for the disk. On the thread pool, which has as many threads as the machine has cores, a few
/// flushes at a time would keep every request waiting.
/// </summary>
internal sealed class DiskThreads : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> waiting = [];
    private readonly Thread[] threads;

    public DiskThreads(int count)
    {
        threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(Run) { IsBackground = true, Name = "Disk" })];
        Array.ForEach(threads, thread => thread.Start());
    }

    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.RunContinuationsAsynchronously, this);

    /// <summary>Ends after the work that was asked for before.</summary>
    public void Dispose()
    {
        waiting.CompleteAdding();
        Array.ForEach(threads, thread => thread.Join());
        waiting.Dispose();
    }

    protected override void QueueTask(Task task) => waiting.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => waiting;

    private void Run()
    {
        foreach (var task in waiting.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }
}
