using System.Diagnostics;
using Lace.Functions.Telemetry;

namespace Lace.Functions.Lambda;

/// <summary>Gets one event after another and answers it. One at a time: Lambda starts more processes where more is to be done.</summary>
internal sealed class LambdaLoop(
    RuntimeClient runtime,
    ITrigger trigger,
    Tracing? tracing,
    TimeProvider clock,
    ILogger logger
)
{
    /// <summary>What remains of an invocation for its answer once its work was told to end.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);

    public const string ActivityName = "Lace.Lambda.Invocation";

    private static readonly ActivitySource Activities = new("Lace.Lambda");

    private bool isFirst = true;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var invocation = await runtime.NextAsync(cancellationToken);
            var started = Stopwatch.GetTimestamp();
            // The SDK of AWS reads it there and sends it along.
            Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", invocation.Trace?.Header);
            using (var activity = Start(invocation.Trace))
            {
                var answered = await AnswerAsync(invocation, cancellationToken);
                Log.InvocationFinished(
                    logger,
                    invocation.RequestId,
                    answered ? "answered" : "failed",
                    Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 3),
                    isFirst ? "true" : "false"
                );
            }

            // Answered already, and the process is not frozen before it asks for the next event.
            tracing?.Flush();
            isFirst = false;
        }
    }

    private async Task<bool> AnswerAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var left = invocation.Deadline - clock.GetUtcNow() - Margin;
        using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock);
        Exception failure;
        try
        {
            var answer = await trigger.HandleAsync(invocation, deadline.Token);
            if (await runtime.RespondAsync(invocation.RequestId, answer, cancellationToken))
            {
                return true;
            }

            failure = new InvalidDataException($"The answer of {answer.Length} bytes is more than Lambda takes.");
        }
        catch (Exception caught) when (caught is not (RuntimeApiException or HttpRequestException))
        {
            failure = caught;
        }

        Log.InvocationFailed(logger, failure, invocation.RequestId);
        await runtime.FailAsync(invocation.RequestId, failure, cancellationToken);
        return false;
    }

    private static Activity? Start(XRayTrace? trace)
    {
        if (trace is not { Context: var parent })
        {
            return Activities.StartActivity(ActivityName, ActivityKind.Server);
        }

        // Where nobody listens the source makes none, and the log would lack the trace id.
        return Activities.StartActivity(ActivityName, ActivityKind.Server, parent)
            ?? new Activity(ActivityName).SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).Start();
    }
}
