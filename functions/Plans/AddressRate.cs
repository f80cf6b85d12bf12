using System.Threading.RateLimiting;
using Lace.Functions.Problems;

namespace Lace.Functions.Plans;

/// <summary>How often one address may call the routes without a key that have this limit. The log's checkpoint and tiles have not: a mirror reads them all.</summary>
internal sealed class AddressRate : IEndpointFilter, IDisposable
{
    /// <summary>Calls at once; then <see cref="PerSecond"/>.</summary>
    public const int Burst = 100;

    public const int PerSecond = 10;

    private static readonly Problem TooMany = new(
        StatusCodes.Status429TooManyRequests,
        "too_many_requests",
        $"This address may call {PerSecond} times a second. Repeat the request later."
    )
    {
        RetryAfterSeconds = 1,
    };

    private readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(
            address,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = Burst,
                TokensPerPeriod = PerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }
        )
    );

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var address = context.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "";
        using var lease = limiter.AttemptAcquire(address);
        return lease.IsAcquired ? await next(context) : TooMany;
    }

    public void Dispose() => limiter.Dispose();
}

internal static class AddressLimit
{
    public static RouteHandlerBuilder LimitAddress(this RouteHandlerBuilder route) =>
        route.AddEndpointFilter(
            (context, next) =>
                context.HttpContext.RequestServices.GetRequiredService<AddressRate>().InvokeAsync(context, next)
        );
}
