using System.Collections.Concurrent;
using Lace.Platform;
using Lace.Records.Tenancy;

namespace Lace.Functions.Plans;

/// <summary>A token bucket for each tenant, in this process.</summary>
internal sealed class RequestAllowance(TimeProvider clock)
{
    private readonly ConcurrentDictionary<TenantId, Bucket> buckets = new();

    /// <summary>Takes one request from the tenant's bucket.</summary>
    public Allowance Take(TenantId tenant, ServicePlan plan)
    {
        var perSecond = plan.RequestsPerMinute / 60.0;
        var bucket = buckets.GetOrAdd(tenant, _ => new Bucket(plan.Burst, clock.GetUtcNow()));
        lock (bucket)
        {
            // A clock that was set back gives nothing and takes nothing.
            var now = clock.GetUtcNow();
            var passed = Math.Max(0, (now - bucket.At).TotalSeconds);
            (bucket.Left, bucket.At) = (Math.Min(plan.Burst, bucket.Left + (passed * perSecond)), now);
            var allowed = bucket.Left >= 1;
            bucket.Left -= allowed ? 1 : 0;
            return new Allowance(
                allowed,
                plan.RequestsPerMinute,
                (int)bucket.Left,
                Seconds(plan.Burst - bucket.Left, perSecond),
                Seconds(1 - bucket.Left, perSecond)
            );
        }
    }

    private static int Seconds(double tokens, double perSecond) => (int)Math.Ceiling(Math.Max(0, tokens) / perSecond);

    private sealed class Bucket(double left, DateTimeOffset at)
    {
        public double Left = left;
        public DateTimeOffset At = at;
    }
}

/// <param name="Limit">Requests a minute.</param>
/// <param name="Remaining">Requests that are left at once.</param>
/// <param name="ResetSeconds">Until all of them are back.</param>
/// <param name="RetryAfterSeconds">Until one is.</param>
internal readonly record struct Allowance(
    bool IsAllowed,
    int Limit,
    int Remaining,
    int ResetSeconds,
    int RetryAfterSeconds
);
