using Lace.Functions.Access;
using Lace.Functions.Problems;

namespace Lace.Functions.Plans;

/// <summary>Holds each tenant to the requests of its plan, before a body is read, and says in headers what is left of them.</summary>
internal static class RateLimit
{
    /// <summary>Below this share of the burst an answer carries a warning.</summary>
    private const int WarnBelowPercent = 10;

    public static void UsePlanLimits(this IApplicationBuilder app) => app.Use(LimitAsync);

    private static async Task LimitAsync(HttpContext context, RequestDelegate next)
    {
        if (CurrentTenant.Of(context) is not { } tenant)
        {
            await next(context);
            return;
        }

        var left = context.RequestServices.GetRequiredService<RequestAllowance>().Take(tenant.Id, tenant.Plan);
        var headers = context.Response.Headers;
        headers["X-RateLimit-Limit"] = left.Limit.ToString();
        headers["X-RateLimit-Remaining"] = left.Remaining.ToString();
        headers["X-RateLimit-Reset"] = left.ResetSeconds.ToString();
        if (left.Remaining * 100L < (long)WarnBelowPercent * tenant.Plan.Burst)
        {
            headers["X-RateLimit-Warning"] = $"{left.Remaining} requests left, all back in {left.ResetSeconds} s";
        }

        var minute = context.RequestServices.GetRequiredService<SharedMinute>();
        if (!left.IsAllowed)
        {
            await TooMany(left.Limit, left.RetryAfterSeconds).ExecuteAsync(context);
        }
        else if (!await minute.TakeAsync(tenant.Id, SharedLimit.Requests(tenant.Plan), 1, context.RequestAborted))
        {
            await TooMany(left.Limit, minute.SecondsLeft).ExecuteAsync(context);
        }
        else
        {
            await next(context);
        }
    }

    private static Problem TooMany(int limit, int seconds) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "rate_limited",
            $"This tenant's plan allows {limit:N0} requests a minute. Repeat the request after Retry-After seconds; ask for futures with wait instead of often."
        )
        {
            RetryAfterSeconds = Math.Max(1, seconds),
        };
}
