using System.Text.Json;
using Lace.Functions.Hosting;
using Lace.Platform;
using Microsoft.AspNetCore.Http.Metadata;

namespace Lace.Functions.Problems;

/// <summary>Makes every failure a <see cref="Problem"/>: thrown, or left by the framework as a status without a body.</summary>
internal static class ProblemAnswers
{
    public static void AddProblemAnswers(this IServiceCollection services)
    {
        // The framework would answer bad bodies itself, without a code; thrown, they come here.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>Documents which statuses a route answers with problem details.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder route, params int[] statuses)
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata([
            .. statuses.Select(status => new ProducesResponseTypeMetadata(
                status,
                typeof(ProblemDocument),
                [Problem.ContentType]
            )),
        ]);

    public static void UseProblemAnswers(this IApplicationBuilder app) => app.Use(AnswerAsync);

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        Problem? problem;
        try
        {
            await next(context);
            problem =
                !HasNoBody(context.Response) ? null
                : context.Response.StatusCode == StatusCodes.Status400BadRequest ? OfParameters(context)
                : OfStatus(context.Response.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            problem = OfException(failure);
            if (problem.Status >= StatusCodes.Status500InternalServerError)
            {
                Log.RequestFailed(
                    Log.Of(context),
                    failure,
                    context.Request.Method,
                    RequestLog.RouteOf(context),
                    problem.Code
                );
            }

            context.Response.Clear();
        }

        if (problem is not null)
        {
            await problem.ExecuteAsync(context);
        }
    }

    private static bool HasNoBody(HttpResponse response) =>
        !response.HasStarted
        && response.StatusCode >= 400
        && response.ContentLength is null or 0
        && response.ContentType is null;

    /// <summary>Where an optional parameter is not of its type, the generated code sets the status, throws nothing and does not say which.</summary>
    private static Problem OfParameters(HttpContext context)
    {
        var typed = context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [];
        var names = typed
            .Where(one => one.HasTryParse && context.Request.Query.ContainsKey(one.Name))
            .Select(one => one.Name);
        return new(
            StatusCodes.Status400BadRequest,
            "malformed_request",
            $"A parameter in the query is not of its type, of these: {string.Join(", ", names)}. See the route in /openapi/v1.json."
        );
    }

    private static Problem OfStatus(int status) =>
        status switch
        {
            StatusCodes.Status404NotFound => new(
                status,
                "route_not_found",
                "There is no such route: see /openapi/v1.json."
            ),
            StatusCodes.Status405MethodNotAllowed => new(
                status,
                "method_not_allowed",
                "The route exists, but not for this method: see the Allow header."
            ),
            StatusCodes.Status408RequestTimeout => new(
                status,
                "body_too_slow",
                "The body arrived too slowly and was given up. Repeat the request."
            ),
            StatusCodes.Status413PayloadTooLarge => new(
                status,
                "body_too_large",
                "The body is larger than this route takes."
            ),
            StatusCodes.Status415UnsupportedMediaType => new(
                status,
                "unsupported_media_type",
                "Send application/json, or the content type that /openapi/v1.json names for the route."
            ),
            _ => new(status, "refused", "The request was refused."),
        };

    private static Problem OfException(Exception failure) =>
        failure switch
        {
            BadHttpRequestException bad => OfBadRequest(bad),
            StorageFullException => new(
                StatusCodes.Status507InsufficientStorage,
                "storage_unavailable",
                "The server's storage is full: nothing was written. Repeat the request once the operator made room."
            )
            {
                RetryAfterSeconds = 60,
            },
            StorageException => new(
                StatusCodes.Status503ServiceUnavailable,
                "storage_unavailable",
                "The server's storage does not answer: nothing was acknowledged. Repeat the request."
            )
            {
                RetryAfterSeconds = 5,
            },
            _ => new(
                StatusCodes.Status500InternalServerError,
                "internal_error",
                "The request failed for a reason of ours. Repeat it; if it stays, report the trace_id."
            ),
        };

    private static Problem OfBadRequest(BadHttpRequestException bad) =>
        bad.InnerException is JsonException json
            ? new(
                StatusCodes.Status400BadRequest,
                "malformed_json",
                $"The body cannot be read as this request at {json.Path ?? "$"}, line {json.LineNumber + 1}."
            )
        : bad.StatusCode == StatusCodes.Status400BadRequest ? new(bad.StatusCode, "malformed_request", bad.Message)
        : OfStatus(bad.StatusCode);
}
