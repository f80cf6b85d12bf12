using System.Collections.Concurrent;
using System.Diagnostics;

namespace Lace.Emulator;

/// <summary>One process of a function, and the Runtime API that it talks to. It gets one event at a time.</summary>
public sealed class Sandbox : IAsyncDisposable
{
    private readonly FunctionSettings function;
    private readonly RuntimeApi api;
    private readonly Process process;
    private readonly TextWriter? log;
    private readonly ConcurrentQueue<string> lines = new();

    private Sandbox(FunctionSettings function, RuntimeApi api, TextWriter? log)
    {
        this.function = function;
        this.api = api;
        this.log = log;
        var start = new ProcessStartInfo(function.Command[0], function.Command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in function.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["AWS_LAMBDA_RUNTIME_API"] = api.Address;
        start.Environment["AWS_LAMBDA_FUNCTION_NAME"] = function.Name;
        start.Environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = function.InitializationType;
        Started = Stopwatch.GetTimestamp();
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Exited += (_, _) => api.End(Outcome.Exited);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>When the process was started, by <see cref="Stopwatch"/>.</summary>
    public long Started { get; }

    /// <summary>Completes when the process asks for its first event.</summary>
    public Task Ready => api.Ready;

    /// <summary>Completes when the process waits to be made a snapshot of.</summary>
    public Task Snapshot => api.Snapshot;

    /// <summary>What the process said when it could not start.</summary>
    public Task<Outcome> Broken => api.Broken;

    public bool HasExited => process.HasExited;

    /// <summary>What the function used of the processor so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>What the process wrote, output and error together.</summary>
    public IReadOnlyCollection<string> Log => lines;

    public static async Task<Sandbox> StartAsync(FunctionSettings function, TextWriter? log = null) =>
        new(function, await RuntimeApi.StartAsync(), log);

    /// <summary>Goes on from the snapshot.</summary>
    public void Restore() => api.Restore();

    /// <summary>Gives the process an event and waits for its answer, its failure, its end, or the function's time limit, at which it is killed.</summary>
    /// <param name="trace">The X-Ray header.</param>
    public async Task<Outcome> InvokeAsync(ReadOnlyMemory<byte> json, string? trace = null)
    {
        var invocation = new PendingInvocation(
            Guid.NewGuid().ToString(),
            json,
            TimeProvider.System.GetUtcNow() + function.Timeout,
            $"arn:aws:lambda:eu-west-1:123456789012:function:{function.Name}:live",
            trace
        );
        if (process.HasExited)
        {
            return Outcome.Failed(Outcome.Exited);
        }

        api.Enqueue(invocation);
        var first = await Task.WhenAny(
            invocation.Ended.Task,
            process.WaitForExitAsync(),
            Task.Delay(function.Timeout, TimeProvider.System)
        );
        if (first == invocation.Ended.Task)
        {
            return await invocation.Ended.Task;
        }

        if (process.HasExited)
        {
            return invocation.Ended.Task.IsCompletedSuccessfully
                ? await invocation.Ended.Task
                : Outcome.Failed(Outcome.Exited);
        }

        Kill();
        return Outcome.Failed(Outcome.TimedOut);
    }

    /// <summary>Ends the process without a word, as Lambda does.</summary>
    public void Kill()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Completes when the process has gone; its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        await api.DisposeAsync();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
            log?.WriteLine($"{function.Name} {line}");
        }
    }
}
