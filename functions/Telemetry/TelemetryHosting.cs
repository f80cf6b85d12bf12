using System.Diagnostics;
using Lace.Functions.Access;
using Lace.Functions.Hosting;

namespace Lace.Functions.Telemetry;

internal static class TelemetryHosting
{
    /// <param name="output">Where the log goes: metrics are lines of it.</param>
    public static void AddTelemetry(
        this WebApplicationBuilder builder,
        TextWriter output,
        TelemetryLabels labels,
        TimeProvider clock
    )
    {
        builder.Services.AddSingleton(new Metrics(output, labels, clock));
        if (Tracing.Read(builder.Configuration, labels) is { } tracing)
        {
            builder.Services.AddSingleton(tracing);
        }
    }

    /// <summary>When the application has stopped, what is left of its spans is sent.</summary>
    public static void StopTracing(this WebApplication app)
    {
        if (app.Services.GetService<Tracing>() is { } tracing)
        {
            app.Lifetime.ApplicationStopped.Register(tracing.Dispose);
        }
    }

    /// <summary>Says in the span of a request what it was, by the conventions of OpenTelemetry.</summary>
    public static void Describe(this Activity span, HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var route = RequestLog.RouteOf(context);
        span.DisplayName = $"{request.Method} {route}";
        span.SetTag("http.request.method", request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", response.StatusCode);
        if (CurrentTenant.Of(context) is { } tenant)
        {
            span.SetTag("lace.tenant", Log.Hash(tenant.Id));
        }

        if (response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>Counts a refusal that alarms watch.</summary>
    public static void CountRefusal(this Metrics metrics, string code)
    {
        // The training routes spell the same codes in capitals.
        switch (code.ToLowerInvariant())
        {
            case "rate_limited" or "too_many_requests":
                metrics.Count(Metric.Throttles);
                break;
            case "quota_exceeded":
                metrics.Count(Metric.QuotaRefusals);
                break;
            case "dp_budget_exceeded":
                metrics.Count(Metric.BudgetRefusals);
                break;
        }
    }
}
