using System.Threading.RateLimiting;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Platform;

namespace Lace.Functions.Verify;

/// <summary>How much one caller may ask of filters: fingerprints, because a filter that is not public is worth what its answers are.</summary>
/// <remarks>Each process has buckets of its own; all together admit no more than <see cref="Burst"/> a clock minute.</remarks>
internal sealed class ExclusionRate(SharedMinute minute) : IDisposable
{
    /// <summary>Fingerprints at once: about 130 articles of 5 kB. Then <see cref="PerSecond"/>.</summary>
    public const int Burst = 20_000;

    public const int PerSecond = 200;

    /// <summary>What a question costs at least.</summary>
    public const int LeastCost = 50;

    private static readonly SharedLimit OfAll = new("FINGERPRINTS", Burst);

    private static readonly Problem TooMany = new(
        StatusCodes.Status429TooManyRequests,
        "too_many_requests",
        $"A caller may ask for {PerSecond} fingerprints a second, and {Burst} at once or in a minute. Repeat the request later."
    );

    private readonly PartitionedRateLimiter<TenantId> limiter = PartitionedRateLimiter.Create<TenantId, TenantId>(
        caller =>
            RateLimitPartition.GetTokenBucketLimiter(
                caller,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = Burst,
                    TokensPerPeriod = PerSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                }
            )
    );

    /// <summary>Null where the caller may ask so much now.</summary>
    public async ValueTask<Problem?> TakeAsync(TenantId caller, int fingerprints, CancellationToken cancellationToken)
    {
        var cost = Math.Max(LeastCost, fingerprints);
        using var lease = limiter.AttemptAcquire(caller, cost);
        if (!lease.IsAcquired)
        {
            return TooMany with { RetryAfterSeconds = Wait(lease) };
        }

        return await minute.TakeAsync(caller, OfAll, cost, cancellationToken)
            ? null
            : TooMany with
            {
                RetryAfterSeconds = minute.SecondsLeft,
            };
    }

    /// <summary>Until the caller has what this question costs, if he asks nothing meanwhile.</summary>
    private static int Wait(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
            ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
            : 1;

    public void Dispose() => limiter.Dispose();
}
