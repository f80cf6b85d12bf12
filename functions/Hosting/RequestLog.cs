using System.Diagnostics;
using Lace.Functions.Access;
using Lace.Functions.Problems;
using Lace.Functions.Telemetry;

namespace Lace.Functions.Hosting;

/// <summary>One event a request.</summary>
internal static class RequestLog
{
    public static void UseRequestLog(this IApplicationBuilder app) => app.Use(MeasureAsync);

    private static async Task MeasureAsync(HttpContext context, RequestDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        await next(context);
        Activity.Current?.Describe(context);
        var code = Problem.CodeOf(context);
        if (code is not null)
        {
            context.RequestServices.GetRequiredService<Metrics>().CountRefusal(code);
        }

        var tenant = CurrentTenant.Of(context) is { } current ? Log.Hash(current.Id) : null;
        Log.RequestFinished(
            Log.Of(context),
            context.Request.Method,
            RouteOf(context),
            context.Response.StatusCode,
            Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 3),
            tenant,
            context.TraceIdentifier,
            code
        );
    }

    /// <summary>The pattern of the route: a path can hold anything, a key sent to the wrong place too.</summary>
    public static string RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
}
