using System.Collections.Concurrent;

namespace Lace.Emulator;

/// <summary>A function with as many processes as are needed at once, up to a limit: started when an event comes, kept for the next.</summary>
/// <param name="concurrency">Most processes at once.</param>
/// <param name="log">Takes what the processes write.</param>
public sealed class EmulatedFunction(FunctionSettings settings, int concurrency, TextWriter? log = null)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim turns = new(concurrency);
    private readonly ConcurrentStack<Sandbox> idle = new();
    private readonly ConcurrentDictionary<Sandbox, bool> all = new();

    public string Name => settings.Name;

    /// <summary>Processes that live now.</summary>
    public IEnumerable<Sandbox> Sandboxes => all.Keys;

    /// <summary>How often a process was started.</summary>
    public int Starts { get; private set; }

    public async Task<Outcome> InvokeAsync(
        ReadOnlyMemory<byte> json,
        string? trace = null,
        CancellationToken cancellationToken = default
    )
    {
        await turns.WaitAsync(cancellationToken);
        try
        {
            var sandbox = await TakeAsync();
            var outcome = await sandbox.InvokeAsync(json, trace);
            if (sandbox.HasExited || outcome.ErrorType is Outcome.TimedOut or Outcome.Exited)
            {
                all.TryRemove(sandbox, out _);
                await sandbox.DisposeAsync();
            }
            else
            {
                idle.Push(sandbox);
            }

            return outcome;
        }
        finally
        {
            turns.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sandbox in all.Keys)
        {
            await sandbox.DisposeAsync();
        }

        turns.Dispose();
    }

    private async Task<Sandbox> TakeAsync()
    {
        while (idle.TryPop(out var known))
        {
            if (!known.HasExited)
            {
                return known;
            }

            all.TryRemove(known, out _);
            await known.DisposeAsync();
        }

        var sandbox = await Sandbox.StartAsync(settings, log);
        Starts++;
        all[sandbox] = true;
        return sandbox;
    }
}
