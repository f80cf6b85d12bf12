using System.Diagnostics;
using Lace.Functions.Access;

namespace Lace.Functions.Hosting;

/// <summary>One event a request, by the route's pattern: ids and keys in the path stay out of the log.</summary>
internal static class RequestLog
{
    public static void UseRequestLog(this IApplicationBuilder app) => app.Use(MeasureAsync);

    private static async Task MeasureAsync(HttpContext context, RequestDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        await next(context);
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
        var tenant = CurrentTenant.Of(context) is { } current ? Log.Hash(current.Id) : null;
        Log.RequestFinished(
            Log.Of(context),
            context.Request.Method,
            route,
            context.Response.StatusCode,
            Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 3),
            tenant
        );
    }
}
