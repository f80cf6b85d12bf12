using Lace.Functions.Access;
using Lace.Functions.Problems;

namespace Lace.Functions.Train.Limits;

/// <summary>Holds each tenant to the requests of its plan, before a body is read, and says in headers what is left of them.</summary>
internal static class RateLimit
{
    /// <summary>Below this share of the burst an answer carries a warning.</summary>
    private const int WarnBelowPercent = 10;

    public static void UsePlanLimits(this IApplicationBuilder app) => app.Use(LimitAsync);

    private static Task LimitAsync(HttpContext context, RequestDelegate next)
    {
        if (
            context.GetEndpoint()?.Metadata.GetMetadata<LimitedByPlan>() is null
            || CurrentTenant.Of(context) is not { } tenant
        )
        {
            return next(context);
        }

        var allowance = context.RequestServices.GetRequiredService<RequestAllowance>();
        var left = allowance.Take(tenant.Id);
        var headers = context.Response.Headers;
        headers["X-RateLimit-Limit"] = left.Limit.ToString();
        headers["X-RateLimit-Remaining"] = left.Remaining.ToString();
        headers["X-RateLimit-Reset"] = left.ResetSeconds.ToString();
        if (left.Remaining * 100L < (long)WarnBelowPercent * allowance.Burst)
        {
            headers["X-RateLimit-Warning"] = $"{left.Remaining} requests left, all back in {left.ResetSeconds} s";
        }

        return left.IsAllowed ? next(context) : TooMany(left).ExecuteAsync(context);
    }

    private static Problem TooMany(Allowance left) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "RATE_LIMITED",
            $"This tenant's plan allows {left.Limit:N0} requests a minute. Repeat the request after Retry-After seconds; ask for futures with wait instead of often."
        )
        {
            RetryAfterSeconds = Math.Max(1, left.RetryAfterSeconds),
        };
}
