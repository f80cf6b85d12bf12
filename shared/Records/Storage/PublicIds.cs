using System.Text.Json;
using Lace.Platform;

namespace Lace.Records.Storage;

internal sealed record PublicIdOwner(string Tenant);

/// <summary>Which tenant an id belongs to: how verification, which needs no key, finds what it verifies.</summary>
internal sealed class PublicIds(IItemStore items)
{
    /// <summary>Part of the transaction that creates the thing, so that an id has one owner from the start.</summary>
    public static ItemWrite Claim(string id, TenantId tenant) =>
        ItemWrite.Create(
            Place(id),
            JsonSerializer.Serialize(new PublicIdOwner(tenant.Value), RecordsJson.Default.PublicIdOwner)
        );

    /// <summary>The owner of an id that was checked to be one; null where nothing has the id.</summary>
    public async Task<TenantId?> FindTenantAsync(string id, CancellationToken cancellationToken = default) =>
        await items.GetAsync(Place(id), cancellationToken) is { } item
            ? new TenantId(item.Read(RecordsJson.Default.PublicIdOwner).Tenant)
            : null;

    private static ItemKey Place(string id) => new(TenantId.Service, $"ID#{id}", "OWNER");
}
