using System.Collections.Concurrent;
using System.Text.Json;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Storage;
using Lace.Records.Tenancy;

namespace Lace.Functions.Plans;

/// <summary>What all processes together took of a minute.</summary>
/// <param name="Minute">Minutes since 1970.</param>
internal sealed record MinuteTaken(long Minute, int Taken);

/// <summary>What a tenant may take of a clock minute, over all processes.</summary>
/// <param name="Name">Of the counter.</param>
internal sealed record SharedLimit(string Name, int PerMinute)
{
    public static SharedLimit Requests(ServicePlan plan) => new("MINUTE", plan.RequestsPerMinute);
}

/// <summary>Holds all processes on one store together to a tenant's limit a minute, without a write for each request.</summary>
/// <remarks>
/// Of each clock minute a process admits the first hundredth of the limit on its own account. For more it takes fiftieths of the limit
/// from one counter in the store. So N processes admit at most limit × (1 + N/100) in a clock minute, the counter is written at most 50
/// times in it, and a tenant who asks little causes no write at all. Once the counter is used up, the process asks no more until the minute ends.
/// What a process took and did not need is lost to the others for that minute.
/// </remarks>
internal sealed class SharedMinute(IItemStore items, TimeProvider clock)
{
    private const int OwnShare = 100;
    private const int Slices = 50;
    private const int Attempts = 20;

    private readonly ConcurrentDictionary<(TenantId, string), Share> shares = new();

    /// <summary>Whether the tenant may take so much more in this minute.</summary>
    public async ValueTask<bool> TakeAsync(
        TenantId tenant,
        SharedLimit limit,
        int amount,
        CancellationToken cancellationToken
    )
    {
        var share = shares.GetOrAdd((tenant, limit.Name), _ => new Share());
        if (share.TryTake(Minute(), limit, amount) is { } decided)
        {
            return decided;
        }

        await share.Gate.WaitAsync(cancellationToken);
        try
        {
            var minute = Minute();
            return share.TryTake(minute, limit, amount)
                ?? share.Add(minute, await SliceAsync(tenant, limit, amount, minute, cancellationToken), amount);
        }
        finally
        {
            share.Gate.Release();
        }
    }

    /// <summary>Until the counter begins anew.</summary>
    public int SecondsLeft => 60 - (int)(clock.GetUtcNow().ToUnixTimeSeconds() % 60);

    private long Minute() => clock.GetUtcNow().ToUnixTimeSeconds() / 60;

    /// <summary>How much more the process may admit; 0 where the minute is used up.</summary>
    private async Task<int> SliceAsync(
        TenantId tenant,
        SharedLimit limit,
        int amount,
        long minute,
        CancellationToken cancellationToken
    )
    {
        var place = new ItemKey(tenant, "THROTTLE", limit.Name);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var item = await items.GetAsync(place, cancellationToken);
            var stored = item?.Read(StorageJson.Default.MinuteTaken);

            // Where another clock is ahead, its minute counts: else two clocks would reset one another's counter.
            var taken = stored?.Minute >= minute ? stored.Taken : 0;
            var slice = Math.Min(Math.Max(amount, limit.PerMinute / Slices), limit.PerMinute - taken);
            if (slice <= 0)
            {
                return 0;
            }

            var document = JsonSerializer.Serialize(
                new MinuteTaken(Math.Max(minute, stored?.Minute ?? 0), taken + slice),
                StorageJson.Default.MinuteTaken
            );
            var write = item is null ? ItemWrite.Create(place, document) : ItemWrite.Replace(item, document);
            if (await items.WriteAsync(write, cancellationToken))
            {
                return slice;
            }
        }

        throw new StorageException("Other processes changed a tenant's counter each time. Try again.");
    }

    private sealed class Share
    {
        private readonly Lock taking = new();
        private long minute = -1;
        private int left;
        private bool isUsedUp;

        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Null where the store has to be asked.</summary>
        public bool? TryTake(long now, SharedLimit limit, int amount)
        {
            lock (taking)
            {
                if (now != minute)
                {
                    (minute, left, isUsedUp) = (now, limit.PerMinute / OwnShare, false);
                }

                if (left < amount)
                {
                    return isUsedUp ? false : null;
                }

                left -= amount;
                return true;
            }
        }

        /// <summary>Takes of a slice, and of what was left before.</summary>
        public bool Add(long now, int slice, int amount)
        {
            lock (taking)
            {
                if (now != minute)
                {
                    return slice >= amount;
                }

                (left, isUsedUp) = (left + slice, left + slice < amount);
                left -= isUsedUp ? 0 : amount;
                return !isUsedUp;
            }
        }
    }
}
