using System.Globalization;
using System.Text.Json;
using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Records.Tenancy;

/// <summary>What of a plan is counted.</summary>
internal enum Quota
{
    /// <summary>Completed in this calendar month.</summary>
    Attestations,

    /// <summary>Not terminated.</summary>
    TrainingClients,

    /// <summary>Sealed, of all artifacts.</summary>
    ArtifactBytes,
}

/// <summary>The document of a counter.</summary>
internal sealed record UsageCount(long Used);

/// <summary>Whether more of something fits the tenant's plan.</summary>
/// <param name="Used">Before.</param>
/// <param name="Limit">The plan's; null for any number.</param>
/// <param name="PeriodEndsAt">When counting begins anew; null for what is counted as long as it is there.</param>
/// <param name="Write">Counts it, in the transaction of what is counted; null where it does not fit.</param>
internal sealed record Charge(
    Quota Quota,
    string Plan,
    long Used,
    long? Limit,
    DateTimeOffset? PeriodEndsAt,
    ItemWrite? Write
);

/// <summary>How much of its plan a tenant has used: one item for each thing that is counted.</summary>
/// <remarks>
/// A counter is written in the transaction of what it counts, on the condition that it is the one that was read. So nothing is counted
/// twice by a retry, and of callers that race for the last of a quota one gets it.
/// </remarks>
internal sealed class Usage(IItemStore items, TimeProvider clock)
{
    private const string Partition = "USAGE";

    /// <summary>What it takes to count that much more.</summary>
    /// <param name="before">Counts what is there, where nothing was counted yet: an older version wrote it.</param>
    public async Task<Charge> ChargeAsync(
        TenantId tenant,
        Quota quota,
        long amount,
        Func<Task<long>>? before = null,
        CancellationToken cancellationToken = default
    )
    {
        var plan = (await Tenants.FindAsync(items, tenant, cancellationToken))?.Tenant.Limits ?? ServicePlan.Local;
        var now = clock.GetUtcNow();
        var place = Place(tenant, quota, now);
        var item = await items.GetAsync(place, cancellationToken);
        var used = item?.Read(RecordsJson.Default.UsageCount).Used ?? (before is null ? 0 : await before());
        var limit = plan.LimitOf(quota);
        return new Charge(
            quota,
            plan.Name,
            used,
            limit,
            PeriodEnd(quota, now),
            used + amount > limit ? null : Set(place, item, used + amount)
        );
    }

    /// <summary>Gives back what no longer is. Where nothing was counted yet it only makes sure that nothing is counted meanwhile.</summary>
    public async Task<ItemWrite> ReleaseAsync(
        TenantId tenant,
        Quota quota,
        long amount,
        CancellationToken cancellationToken = default
    )
    {
        var place = Place(tenant, quota, clock.GetUtcNow());
        return await items.GetAsync(place, cancellationToken) is { } item
            ? Set(place, item, Math.Max(0, item.Read(RecordsJson.Default.UsageCount).Used - amount))
            : new ItemWrite(place, null, WriteCondition.Absent);
    }

    /// <summary>For the month of that time; what is not counted by the month ignores it.</summary>
    private static ItemKey Place(TenantId tenant, Quota quota, DateTimeOffset now) =>
        new(
            tenant,
            Partition,
            quota == Quota.Attestations
                ? string.Create(CultureInfo.InvariantCulture, $"{quota}#{now.UtcDateTime:yyyy-MM}")
                : quota.ToString()
        );

    private static DateTimeOffset? PeriodEnd(Quota quota, DateTimeOffset now) =>
        quota == Quota.Attestations
            ? new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1)
            : null;

    private static ItemWrite Set(ItemKey place, Item? item, long used)
    {
        var document = JsonSerializer.Serialize(new UsageCount(used), RecordsJson.Default.UsageCount);
        return item is null ? ItemWrite.Create(place, document) : ItemWrite.Replace(item, document);
    }
}
