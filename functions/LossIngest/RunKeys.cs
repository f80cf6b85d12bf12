using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.LossIngest;
using Lace.Records.Storage;

namespace Lace.Functions.LossIngest;

/// <summary>A run with its ingest key in the clear.</summary>
internal sealed record KnownRun(TenantId Tenant, StoredRun Run, DataKey Key);

/// <summary>Runs that segments come from just now. Keys are unwrapped once and kept for minutes.</summary>
/// <remarks>Belongs to one consumer, which handles one batch at a time: not for several threads.</remarks>
internal sealed class RunKeys(PublicIds owners, Runs runs, IKeyService keys, TimeProvider clock)
{
    private const int Capacity = 1_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, (KnownRun Run, DateTimeOffset Until)> known = new(StringComparer.Ordinal);

    /// <summary>Null where there is no such run, or its key was destroyed.</summary>
    public async Task<KnownRun?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (known.TryGetValue(runId, out var entry) && now < entry.Until)
        {
            return entry.Run;
        }

        Forget(now);
        if (
            !Runs.IsId(runId)
            || await owners.FindTenantAsync(runId, cancellationToken) is not { } tenant
            || await runs.GetAsync(tenant, runId, cancellationToken) is not { } run
            || await keys.UnwrapDataKeyAsync(tenant, RunPlaces.KeyContext(runId), run.IngestKey, cancellationToken)
                is not { } key
        )
        {
            return null;
        }

        var found = new KnownRun(tenant, run, key);
        known[runId] = (found, now + Lifetime);
        return found;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (id, entry) in known.Where(pair => known.Count >= Capacity || pair.Value.Until <= now).ToArray())
        {
            entry.Run.Key.Dispose();
            known.Remove(id);
        }
    }
}
