using System.Collections.Concurrent;
using Lace.Functions.Storage;
using Lace.Records.Tenancy;

namespace Lace.Functions.Access;

/// <summary>How long a process may believe what it read of a key.</summary>
internal sealed record KeyMemory(TimeSpan Lifetime)
{
    /// <summary>A key that was revoked anywhere opens nothing after this long.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Read each time: where the store is on this machine, and where somebody else remembers the answer.</summary>
    public static readonly KeyMemory None = new(TimeSpan.Zero);

    /// <summary>Where each reading is a call over the network. Half of the promise, as requests take their time too.</summary>
    public static readonly KeyMemory OfNetwork = new(Longest / 2);
}

/// <summary>Keys with their tenants, read from the store or remembered. What was not found is not remembered: a new key counts at once.</summary>
internal sealed class KnownKeys(ApiKeys keys, Tenants tenants, KeyMemory memory, TimeProvider clock)
{
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<string, (KnownKey Known, DateTimeOffset At)> remembered = new(
        StringComparer.Ordinal
    );

    /// <summary>The key, whether it counts or not; null where this server never gave it out.</summary>
    public async ValueTask<KnownKey?> FindAsync(ApiKey key, CancellationToken cancellationToken)
    {
        var sha256 = key.Sha256();
        var now = clock.GetUtcNow();
        if (remembered.TryGetValue(sha256, out var last) && now >= last.At && now - last.At < memory.Lifetime)
        {
            return last.Known;
        }

        if (await ReadAsync(key, cancellationToken) is not { } known)
        {
            return null;
        }

        if (memory.Lifetime > TimeSpan.Zero)
        {
            if (remembered.Count >= MostRemembered)
            {
                remembered.Clear();
            }

            // The time from before the reading: what was revoked while it was read is believed no longer than promised.
            remembered[sha256] = (known, now);
        }

        return known;
    }

    private async Task<KnownKey?> ReadAsync(ApiKey key, CancellationToken cancellationToken)
    {
        if (await keys.FindAsync(key, cancellationToken) is not { } stored)
        {
            return null;
        }

        await keys.NoteUseAsync(stored, cancellationToken);
        if (stored.Tenant == Tenants.Operator.Value)
        {
            return new KnownKey(stored, null);
        }

        return await tenants.GetAsync(stored.Tenant, cancellationToken) is { } tenant
            ? new KnownKey(stored, tenant)
            : throw new InvalidDataException($"The key {stored.Id} is of a tenant that is not there.");
    }
}
