using System.Text.Json;
using Lace.Functions.Hosting;

namespace Lace.Functions.Lambda;

/// <summary>Makes the passes that the local host makes in loops, each when it is due.</summary>
internal sealed class ScheduleTrigger(IEnumerable<IPass> passes, TimeProvider clock, ILoggerFactory logging) : ITrigger
{
    /// <summary>A minute's call may come a little before the minute.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    private readonly IPass[] scheduled = [.. passes.Where(pass => pass.IsScheduled)];
    private readonly Dictionary<IPass, DateTimeOffset> dueAt = [];
    private readonly ILogger logger = logging.CreateLogger(Log.Category);

    /// <summary>A pass that fails does not hold up the others; the invocation has failed all the same, so that the alarm sees it.</summary>
    public async Task<ReadOnlyMemory<byte>> HandleAsync(Invocation invocation, CancellationToken deadline)
    {
        RequireObject(invocation.Event.Span);
        var failures = new List<Exception>();
        foreach (var pass in scheduled.Where(IsDue))
        {
            try
            {
                var pause = await RunAsync(pass, deadline);
                dueAt[pass] = pause == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : clock.GetUtcNow() + pause;
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                break; // the next call goes on
            }
            catch (Exception failure)
            {
                Log.RecordFailed(logger, failure, pass.GetType().Name);
                failures.Add(failure);
            }
        }

        return failures.Count == 0 ? "{}"u8.ToArray() : throw new AggregateException(failures);
    }

    private bool IsDue(IPass pass) => !dueAt.TryGetValue(pass, out var due) || due <= clock.GetUtcNow() + Tolerance;

    /// <summary>Until there is nothing more to do, or no time.</summary>
    private static async Task<TimeSpan> RunAsync(IPass pass, CancellationToken deadline)
    {
        TimeSpan pause;
        do
        {
            deadline.ThrowIfCancellationRequested();
            pause = await pass.RunAsync(deadline);
        } while (pause == TimeSpan.Zero);

        return pause;
    }

    private static void RequireObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.TrySkip())
        {
            throw new InvalidDataException("The event is no object.");
        }
    }
}
