using Lace.Functions.Access;
using Lace.Functions.Problems;

namespace Lace.Functions.Train.Limits;

/// <summary>Holds each tenant to the requests of its plan and says in headers what is left of them.</summary>
internal sealed class RateLimit(RequestAllowance allowance) : IEndpointFilter
{
    /// <summary>Below this share of the burst an answer carries a warning.</summary>
    private const int WarnBelowPercent = 10;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (CurrentTenant.Of(http) is not { } tenant)
        {
            return await next(context);
        }

        var left = allowance.Take(tenant.Id);
        var headers = http.Response.Headers;
        headers["X-RateLimit-Limit"] = left.Limit.ToString();
        headers["X-RateLimit-Remaining"] = left.Remaining.ToString();
        headers["X-RateLimit-Reset"] = left.ResetSeconds.ToString();
        if (left.Remaining * 100L < (long)WarnBelowPercent * allowance.Burst)
        {
            headers["X-RateLimit-Warning"] = $"{left.Remaining} requests left, all back in {left.ResetSeconds} s";
        }

        return left.IsAllowed
            ? await next(context)
            : new Problem(
                StatusCodes.Status429TooManyRequests,
                "RATE_LIMITED",
                $"This tenant's plan allows {left.Limit:N0} requests a minute. Repeat the request after Retry-After seconds; ask for futures with wait instead of often."
            )
            {
                RetryAfterSeconds = Math.Max(1, left.RetryAfterSeconds),
            };
    }
}
