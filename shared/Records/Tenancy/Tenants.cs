using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;

namespace Lace.Records.Tenancy;

/// <summary>The tenants of this installation. What is done to them is in the audit chain of the operator.</summary>
internal sealed class Tenants(IItemStore items, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Owner of the operators' keys and of the chain of what they did. It has no record here, and no data.</summary>
    public static readonly TenantId Operator = new("operator");

    private const string Partition = "TENANTS";
    private const string IdPrefix = "tenant-";

    /// <summary>A new tenant under a fresh id.</summary>
    public async Task<Tenant> CreateAsync(
        string name,
        ServicePlan plan,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    )
    {
        while (true)
        {
            var made = New(name, plan);
            var operation = new AuditedOperation(AuditOperation.TenantCreate, made.Id, request);
            if (await audit.TransactAsync(Operator, operation, [Creation(made)], cancellationToken))
            {
                return made;
            }
        }
    }

    /// <summary>
    /// The tenant of a new installation; null where one was made before. The marker and the tenant are one transaction, so two
    /// hosts that start on one empty folder make one tenant.
    /// </summary>
    public async Task<TenantId?> CreateFirstAsync(ServicePlan plan, CancellationToken cancellationToken = default)
    {
        var marker = new ItemKey(TenantId.Service, "SETUP", "FIRST_TENANT");
        if (await items.GetAsync(marker, cancellationToken) is not null)
        {
            return null;
        }

        var made = New("first", plan);
        ItemWrite[] writes = [ItemWrite.Create(marker, "{}"), Creation(made)];
        return await items.TransactAsync(writes, cancellationToken) ? new TenantId(made.Id) : null;
    }

    /// <summary>Null where there is none of that id, or it cannot be one.</summary>
    public async Task<Tenant?> GetAsync(string id, CancellationToken cancellationToken = default) =>
        IsId(id) ? (await FindAsync(items, new TenantId(id), cancellationToken))?.Tenant : null;

    /// <summary>All tenants, deleted ones too, in the order of their ids.</summary>
    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken = default)
    {
        var tenants = new List<Tenant>();
        await foreach (var item in items.AllAsync(TenantId.Service, Partition, "", cancellationToken))
        {
            tenants.Add(item.Read(RecordsJson.Default.Tenant));
        }

        return tenants;
    }

    /// <summary>One page, in the order of the ids.</summary>
    public async Task<(IReadOnlyList<Tenant> Page, string? Next)> PageAsync(
        int limit,
        string? after,
        CancellationToken cancellationToken = default
    )
    {
        var query = new ItemQuery(TenantId.Service, Partition, After: after, Limit: limit);
        var page = await items.QueryAsync(query, cancellationToken);
        return ([.. page.Items.Select(item => item.Read(RecordsJson.Default.Tenant))], page.Next);
    }

    /// <summary>
    /// The tenant as it is after the change; null where there is none of that id. A deleted one is given back as it is, and so is one that
    /// the change leaves as it was: then nothing is written.
    /// </summary>
    public async Task<Tenant?> ChangeAsync(
        string id,
        AuditOperation name,
        AuditedRequest request,
        Func<Tenant, Tenant> change,
        CancellationToken cancellationToken = default
    )
    {
        while (IsId(id) && await FindAsync(items, new TenantId(id), cancellationToken) is var (tenant, item))
        {
            var changed = tenant.DeletedAt is null ? change(tenant) : tenant;
            if (changed == tenant)
            {
                return tenant;
            }

            var write = ItemWrite.Replace(item, JsonSerializer.Serialize(changed, RecordsJson.Default.Tenant));
            if (
                await audit.TransactAsync(Operator, new AuditedOperation(name, id, request), [write], cancellationToken)
            )
            {
                return changed;
            }
        }

        return null;
    }

    internal static async Task<(Tenant Tenant, Item Item)?> FindAsync(
        IItemStore items,
        TenantId id,
        CancellationToken cancellationToken
    ) =>
        await items.GetAsync(Place(id), cancellationToken) is { } item
            ? (item.Read(RecordsJson.Default.Tenant), item)
            : null;

    private Tenant New(string name, ServicePlan plan) =>
        new(IdPrefix + RandomId.Letters(10), name, clock.GetUtcNow(), plan.Name);

    private static bool IsId(string id) =>
        id.Length is > 7 and <= 40
        && id.StartsWith(IdPrefix, StringComparison.Ordinal)
        && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static ItemWrite Creation(Tenant tenant) =>
        ItemWrite.Create(Place(new TenantId(tenant.Id)), JsonSerializer.Serialize(tenant, RecordsJson.Default.Tenant));

    private static ItemKey Place(TenantId id) => new(TenantId.Service, Partition, id.Value);
}
