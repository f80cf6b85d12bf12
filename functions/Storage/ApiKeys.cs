using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Functions.Access;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;

namespace Lace.Functions.Storage;

/// <summary>What is known of an API key: everything but the key.</summary>
internal sealed record StoredApiKey(
    string Id,
    string Tenant,
    string Label,
    IReadOnlyList<string> Scopes,
    string LastFour,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt = null
);

/// <summary>Under a key's id: where the key itself is found.</summary>
internal sealed record ApiKeyPlace(string KeySha256);

/// <summary>API keys, found by the SHA-256 of their text, revoked by their id.</summary>
internal sealed class ApiKeys(IItemStore items, AuditTrail audit, TimeProvider clock)
{
    private const string ById = "KEYS";

    /// <summary>A new key, in the clear for the last time, and what is kept of it.</summary>
    public async Task<(ApiKey Key, StoredApiKey Stored)> CreateAsync(
        TenantId tenant,
        string label,
        IReadOnlyList<string> scopes,
        CancellationToken cancellationToken = default
    )
    {
        var key = ApiKey.Create();
        var id = "key-" + RandomId.Letters(12);
        var stored = new StoredApiKey(id, tenant.Value, label, scopes, key.LastFour, clock.GetUtcNow());
        ItemWrite[] writes =
        [
            ItemWrite.Create(Place(key.Sha256()), JsonSerializer.Serialize(stored, StorageJson.Default.StoredApiKey)),
            ItemWrite.Create(
                new ItemKey(TenantId.Service, ById, id),
                JsonSerializer.Serialize(new ApiKeyPlace(key.Sha256()), StorageJson.Default.ApiKeyPlace)
            ),
        ];
        return await audit.TransactAsync(tenant, Operation(AuditOperation.KeyCreate, stored), writes, cancellationToken)
            ? (key, stored)
            : throw new InvalidOperationException("A fresh key id was taken: the random generator is broken.");
    }

    /// <summary>The key as stored, revoked or not; null where this server never gave it out.</summary>
    public async Task<StoredApiKey?> FindAsync(ApiKey key, CancellationToken cancellationToken = default) =>
        (await items.GetAsync(Place(key.Sha256()), cancellationToken))?.Read(StorageJson.Default.StoredApiKey);

    /// <summary>All keys of all tenants, revoked ones too.</summary>
    public async Task<IReadOnlyList<StoredApiKey>> ListAsync(CancellationToken cancellationToken = default)
    {
        var keys = new List<StoredApiKey>();
        await foreach (var item in items.AllAsync(TenantId.Service, ById, "", cancellationToken))
        {
            var place = item.Read(StorageJson.Default.ApiKeyPlace);
            if (await items.GetAsync(Place(place.KeySha256), cancellationToken) is { } stored)
            {
                keys.Add(stored.Read(StorageJson.Default.StoredApiKey));
            }
        }

        return keys;
    }

    /// <summary>The revoked key, also where it was revoked before; null where the id is unknown.</summary>
    public async Task<StoredApiKey?> RevokeAsync(string id, CancellationToken cancellationToken = default)
    {
        var index = await items.GetAsync(new ItemKey(TenantId.Service, ById, id), cancellationToken);
        if (index is null)
        {
            return null;
        }

        var place = Place(index.Read(StorageJson.Default.ApiKeyPlace).KeySha256);
        while (await items.GetAsync(place, cancellationToken) is { } item)
        {
            var stored = item.Read(StorageJson.Default.StoredApiKey);
            if (stored.RevokedAt is not null)
            {
                return stored;
            }

            var revoked = stored with { RevokedAt = clock.GetUtcNow() };
            var write = ItemWrite.Replace(item, JsonSerializer.Serialize(revoked, StorageJson.Default.StoredApiKey));
            var operation = Operation(AuditOperation.KeyRevoke, revoked);
            if (await audit.TransactAsync(new TenantId(stored.Tenant), operation, [write], cancellationToken))
            {
                return revoked;
            }
        }

        return null;
    }

    private AuditedOperation Operation(AuditOperation name, StoredApiKey key) =>
        new(name, key.Id, AuditedRequest.WithoutBody(clock.GetUtcNow()));

    private static ItemKey Place(string sha256) => new(TenantId.Service, $"KEY#{sha256}", "META");
}
