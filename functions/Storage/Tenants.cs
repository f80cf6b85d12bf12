using System.Text.Json;
using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Functions.Storage;

/// <summary>An owner of attestations, runs and keys.</summary>
internal sealed record Tenant(string Id, string Name, DateTimeOffset CreatedAt);

/// <summary>The tenants of this installation.</summary>
internal sealed class Tenants(IItemStore items, TimeProvider clock)
{
    private const string Partition = "TENANTS";

    /// <summary>A new tenant under a fresh id.</summary>
    public async Task<TenantId> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        var id = new TenantId("tenant-" + RandomId.Letters(10));
        await items.WriteAsync(Creation(id, name), cancellationToken);
        return id;
    }

    /// <summary>
    /// The tenant of a new installation; null where one was made before. The marker and the tenant are one transaction, so two
    /// hosts that start on one empty folder make one tenant.
    /// </summary>
    public async Task<TenantId?> CreateFirstAsync(CancellationToken cancellationToken = default)
    {
        var marker = new ItemKey(TenantId.Service, "SETUP", "FIRST_TENANT");
        if (await items.GetAsync(marker, cancellationToken) is not null)
        {
            return null;
        }

        var id = new TenantId("tenant-" + RandomId.Letters(10));
        ItemWrite[] writes = [ItemWrite.Create(marker, "{}"), Creation(id, "first")];
        return await items.TransactAsync(writes, cancellationToken) ? id : null;
    }

    /// <summary>All tenants, in the order of their ids.</summary>
    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken = default)
    {
        var tenants = new List<Tenant>();
        await foreach (var item in items.AllAsync(TenantId.Service, Partition, "", cancellationToken))
        {
            tenants.Add(item.Read(StorageJson.Default.Tenant));
        }

        return tenants;
    }

    private ItemWrite Creation(TenantId id, string name) =>
        ItemWrite.Create(
            new ItemKey(TenantId.Service, Partition, id.Value),
            JsonSerializer.Serialize(new Tenant(id.Value, name, clock.GetUtcNow()), StorageJson.Default.Tenant)
        );
}
