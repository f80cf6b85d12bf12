using System.Diagnostics;
using Lace.Platform;

namespace Lace.Functions.Telemetry;

/// <summary>Calls of one kind of port: a span each, and a count of those that failed.</summary>
internal sealed class ObservedCalls(string port, Metric failures, Metrics metrics)
{
    public async Task<T> RunAsync<T>(string call, Func<Task<T>> run)
    {
        using var span = Spans.Source.StartActivity($"{port} {call}", ActivityKind.Client);
        try
        {
            return await run();
        }
        catch (StorageException failure)
        {
            span.Fail(failure);
            metrics.Count(failures);
            throw;
        }
    }

    public Task RunAsync(string call, Func<Task> run) =>
        RunAsync(
            call,
            async () =>
            {
                await run();
                return true;
            }
        );
}
