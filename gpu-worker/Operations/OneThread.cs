using System.Collections.Concurrent;

namespace Lace.Worker.Operations;

/// <summary>Runs asynchronous code on the thread that calls: the library behind the models keeps settings for each thread.</summary>
internal sealed class OneThread : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> work = [];

    public static T Run<T>(Func<Task<T>> main)
    {
        var (before, context) = (Current, new OneThread());
        SetSynchronizationContext(context);
        try
        {
            var task = main();
            _ = task.ContinueWith(_ => context.work.CompleteAdding(), TaskScheduler.Default);
            foreach (var (callback, state) in context.work.GetConsumingEnumerable())
            {
                callback(state);
            }

            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => work.Add((d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
}
