using System.Text.Json;
using Lace.Functions.Problems;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Lace.Functions.Lambda;

/// <summary>Requests of an HTTP API, answered by the pipeline that Kestrel would feed.</summary>
/// <remarks>A failure of the pipeline is an answer too: as a failed invocation the gateway would hide it behind its own 500.</remarks>
internal sealed class HttpTrigger<TContext>(IHttpApplication<TContext> application, ILogger logger) : ITrigger
    where TContext : notnull
{
    private static readonly Problem Failed = new(
        StatusCodes.Status500InternalServerError,
        "internal_error",
        "The request failed for a reason of ours. Repeat it; if it stays, report the trace_id."
    );

    private static readonly Problem TooLate = new(
        StatusCodes.Status503ServiceUnavailable,
        "deadline_exceeded",
        "The request took longer than this function may run. Repeat it."
    )
    {
        RetryAfterSeconds = 1,
    };

    private static readonly Problem TooLarge = new(
        StatusCodes.Status500InternalServerError,
        "answer_too_large",
        "The answer is larger than can be sent this way: ask for less of it, with limit or Range."
    );

    public async Task<ReadOnlyMemory<byte>> HandleAsync(Invocation invocation, CancellationToken deadline)
    {
        var request = HttpApiEvent.Parse(invocation.Event.Span);
        var isHead = HttpMethods.IsHead(request.RequestContext.Http.Method);
        if (EventRequest.Check(request) is { } refusal)
        {
            return HttpApiAnswer.Write(await ProblemAsync(refusal, invocation.RequestId), isHead);
        }

        var response = await RespondAsync(request, invocation.RequestId, deadline);
        var answer = HttpApiAnswer.Write(response, isHead);
        if (answer.Length <= HttpApiAnswer.MaxBytes)
        {
            return answer;
        }

        Log.AnswerTooLarge(logger, invocation.RequestId, answer.Length);
        return HttpApiAnswer.Write(await ProblemAsync(TooLarge, invocation.RequestId), isHead);
    }

    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var line = new HttpApiRequestLine("GET");
        var health = new HttpApiEvent("2.0", "/health", new HttpApiContext(line, "localhost"));
        var json = JsonSerializer.SerializeToUtf8Bytes(health, LambdaJson.Default.HttpApiEvent);
        var response = await RespondAsync(HttpApiEvent.Parse(json), "warm-up", cancellationToken);
        _ = HttpApiAnswer.Write(response, isHead: false);
        if (response.StatusCode != StatusCodes.Status200OK)
        {
            throw new InvalidOperationException($"The warm-up was answered with {response.StatusCode}.");
        }
    }

    private async Task<EventResponse> RespondAsync(HttpApiEvent request, string requestId, CancellationToken deadline)
    {
        var response = new EventResponse();
        var features = EventRequest.ToFeatures(request, requestId, deadline);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response);
        var context = application.CreateContext(features);
        Exception? failure = null;
        try
        {
            await application.ProcessRequestAsync(context);
            await response.CompleteAsync();
            await response.EndAsync();
        }
        catch (Exception caught)
        {
            failure = caught;
            Log.HandlerFailed(logger, caught, requestId);
        }

        var ended = response;
        if (failure is not null)
        {
            ended = await ProblemAsync(deadline.IsCancellationRequested ? TooLate : Failed, requestId);
        }
        else if (response.StatusCode == StatusCodes.Status499ClientClosedRequest)
        {
            // No client went away, as none can: it was the deadline.
            ended = await ProblemAsync(TooLate, requestId);
        }

        application.DisposeContext(context, failure);
        return ended;
    }

    private static async Task<EventResponse> ProblemAsync(Problem problem, string requestId)
    {
        var response = new EventResponse();
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature());
        features.Set<IHttpRequestIdentifierFeature>(new HttpRequestIdentifierFeature { TraceIdentifier = requestId });
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response);
        await problem.ExecuteAsync(new DefaultHttpContext(features));
        await response.CompleteAsync();
        return response;
    }
}
