using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lace.Emulator;

/// <summary>
/// The Lambda Runtime API (2018-06-01) for one process: <c>next</c>, <c>response</c>, <c>error</c>, <c>init/error</c> and, for
/// SnapStart, <c>restore/next</c> and <c>restore/error</c>.
/// </summary>
internal sealed class RuntimeApi : IAsyncDisposable
{
    private const int MaxAnswerBytes = 6 * 1024 * 1024;
    private const string Prefix = "/2018-06-01/runtime";

    private readonly Channel<PendingInvocation> waiting = Channel.CreateUnbounded<PendingInvocation>();
    private readonly ConcurrentDictionary<string, PendingInvocation> running = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource ready = Source();
    private readonly TaskCompletionSource snapshot = Source();
    private readonly TaskCompletionSource restored = Source();
    private readonly TaskCompletionSource<Outcome> broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication app;

    private RuntimeApi(WebApplication app) => this.app = app;

    /// <summary>What goes into <c>AWS_LAMBDA_RUNTIME_API</c>.</summary>
    public string Address => new Uri(app.Urls.First()).Authority;

    /// <summary>Completes when the process asks for its first event.</summary>
    public Task Ready => ready.Task;

    /// <summary>Completes when the process says that it can be kept as a snapshot.</summary>
    public Task Snapshot => snapshot.Task;

    /// <summary>What the process said when it could not start, or not go on from its snapshot.</summary>
    public Task<Outcome> Broken => broken.Task;

    public static async Task<RuntimeApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var api = new RuntimeApi(builder.Build());
        api.app.Urls.Add("http://127.0.0.1:0");
        api.app.MapGet(Prefix + "/invocation/next", api.NextAsync);
        api.app.MapPost(Prefix + "/invocation/{id}/response", api.RespondAsync);
        api.app.MapPost(Prefix + "/invocation/{id}/error", api.FailAsync);
        api.app.MapPost(Prefix + "/init/error", api.BreakAsync);
        api.app.MapPost(Prefix + "/restore/error", api.BreakAsync);
        api.app.MapGet(Prefix + "/restore/next", api.RestoreNextAsync);
        await api.app.StartAsync();
        return api;
    }

    /// <summary>Goes on from the snapshot.</summary>
    public void Restore() => restored.TrySetResult();

    public void Enqueue(PendingInvocation invocation) => waiting.Writer.TryWrite(invocation);

    /// <summary>Ends what is being worked on: the process has gone.</summary>
    public void End(string errorType)
    {
        foreach (var invocation in running.Values)
        {
            invocation.Ended.TrySetResult(Outcome.Failed(errorType));
        }
    }

    public async ValueTask DisposeAsync()
    {
        // No waiting for a poll that is under way: its process is gone or going.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task NextAsync(HttpContext context)
    {
        ready.TrySetResult();
        var invocation = await waiting.Reader.ReadAsync(context.RequestAborted);
        running[invocation.RequestId] = invocation;
        var headers = context.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = invocation.RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = invocation.Deadline.ToUnixTimeMilliseconds().ToString();
        headers["Lambda-Runtime-Invoked-Function-Arn"] = invocation.FunctionArn;
        if (invocation.Trace is { } trace)
        {
            headers["Lambda-Runtime-Trace-Id"] = trace;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = invocation.Event.Length;
        // Headers and body leave in one packet: apart, Nagle and a delayed ACK would cost 40 ms a call.
        await context.Response.Body.WriteAsync(invocation.Event);
    }

    private async Task RespondAsync(HttpContext context, string id)
    {
        if (!running.TryGetValue(id, out var invocation))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "InvalidRequestID");
            return;
        }

        var body = await ReadAsync(context.Request);
        if (body.Length > MaxAnswerBytes)
        {
            await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "RequestEntityTooLarge");
            return;
        }

        running.TryRemove(id, out _);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        invocation.Ended.TrySetResult(Outcome.Answered(body));
    }

    private async Task FailAsync(HttpContext context, string id)
    {
        if (!running.TryRemove(id, out var invocation))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "InvalidRequestID");
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        invocation.Ended.TrySetResult(await FailureAsync(context.Request));
    }

    private async Task BreakAsync(HttpContext context)
    {
        if (ready.Task.IsCompleted)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "InvalidStateTransition");
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        broken.TrySetResult(await FailureAsync(context.Request));
    }

    private async Task RestoreNextAsync(HttpContext context)
    {
        snapshot.TrySetResult();
        await restored.Task.WaitAsync(context.RequestAborted);
    }

    private static async Task<Outcome> FailureAsync(HttpRequest request)
    {
        var type = request.Headers["Lambda-Runtime-Function-Error-Type"].ToString();
        return Outcome.Failed(type, JsonElement.Parse((await ReadAsync(request)).Span));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static Task RefuseAsync(HttpContext context, int status, string type)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync($$"""{"errorMessage":"{{type}}","errorType":"{{type}}"}""");
    }

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An event on its way to a process.</summary>
/// <param name="Trace">The X-Ray header.</param>
internal sealed record PendingInvocation(
    string RequestId,
    ReadOnlyMemory<byte> Event,
    DateTimeOffset Deadline,
    string FunctionArn,
    string? Trace
)
{
    public TaskCompletionSource<Outcome> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
