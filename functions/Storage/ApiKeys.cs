using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Functions.Access;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;
using Lace.Records.Tenancy;

namespace Lace.Functions.Storage;

/// <summary>What is known of an API key: everything but the key.</summary>
/// <param name="ExpiresAt">When it ends by itself; null where it does not.</param>
internal sealed record StoredApiKey(
    string Id,
    string Tenant,
    string Label,
    IReadOnlyList<string> Scopes,
    string LastFour,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt = null,
    DateTimeOffset? ExpiresAt = null
);

/// <summary>Under a key's id: where the key itself is found.</summary>
/// <param name="Tenant">Absent in what older versions wrote.</param>
internal sealed record ApiKeyPlace(string KeySha256, string? Tenant = null);

/// <summary>The day of UTC on which a key was last used, beside it: a use must not race a revocation.</summary>
internal sealed record ApiKeyUse(string Day);

/// <summary>API keys, found by the SHA-256 of their text, revoked by their id.</summary>
internal sealed class ApiKeys(IItemStore items, AuditTrail audit, TimeProvider clock)
{
    private const string ById = "KEYS";

    /// <summary>By key id: the last day whose use is known to be stored.</summary>
    private readonly ConcurrentDictionary<string, string> noted = new(StringComparer.Ordinal);

    /// <summary>A new key, in the clear for the last time, and what is kept of it.</summary>
    /// <exception cref="ArgumentException">An operator's scope for a tenant, or a tenant's for an operator.</exception>
    public async Task<(ApiKey Key, StoredApiKey Stored)> CreateAsync(
        TenantId tenant,
        string label,
        IReadOnlyList<string> scopes,
        DateTimeOffset? expiresAt = null,
        AuditedRequest? request = null,
        CancellationToken cancellationToken = default
    )
    {
        // Here too, whoever calls: this is the line between tenants and operators.
        var known = tenant == Tenants.Operator ? [Scope.Operator] : Scope.All;
        if (scopes.Count == 0 || scopes.Except(known).Any())
        {
            throw new ArgumentException($"A key of {tenant} has any of {string.Join(", ", known)}.", nameof(scopes));
        }

        var key = ApiKey.Create();
        var id = "key-" + RandomId.Letters(12);
        var now = clock.GetUtcNow();
        var stored = new StoredApiKey(id, tenant.Value, label, scopes, key.LastFour, now, null, expiresAt);
        ItemWrite[] writes =
        [
            ItemWrite.Create(Place(key.Sha256()), JsonSerializer.Serialize(stored, StorageJson.Default.StoredApiKey)),
            ItemWrite.Create(
                new ItemKey(TenantId.Service, ById, id),
                JsonSerializer.Serialize(new ApiKeyPlace(key.Sha256(), tenant.Value), StorageJson.Default.ApiKeyPlace)
            ),
        ];
        var operation = Operation(AuditOperation.KeyCreate, stored, request);
        return await audit.TransactAsync(tenant, operation, writes, cancellationToken)
            ? (key, stored)
            : throw new InvalidOperationException("A fresh key id was taken: the random generator is broken.");
    }

    /// <summary>The key as stored, revoked or not; null where this server never gave it out.</summary>
    public async Task<StoredApiKey?> FindAsync(ApiKey key, CancellationToken cancellationToken = default) =>
        (await items.GetAsync(Place(key.Sha256()), cancellationToken))?.Read(StorageJson.Default.StoredApiKey);

    /// <summary>All keys, revoked ones too, of all tenants or of one.</summary>
    public async Task<IReadOnlyList<StoredApiKey>> ListAsync(
        TenantId? of = null,
        CancellationToken cancellationToken = default
    )
    {
        var keys = new List<StoredApiKey>();
        await foreach (var item in items.AllAsync(TenantId.Service, ById, "", cancellationToken))
        {
            var place = item.Read(StorageJson.Default.ApiKeyPlace);
            var isOfAnother = of is { Value: var wanted } && (place.Tenant ?? wanted) != wanted;
            if (!isOfAnother && await items.GetAsync(Place(place.KeySha256), cancellationToken) is { } stored)
            {
                keys.Add(stored.Read(StorageJson.Default.StoredApiKey));
            }
        }

        return [.. keys.Where(key => of is null || key.Tenant == of.Value.Value)];
    }

    /// <summary>The revoked key, also where it was revoked before; null where the id is unknown.</summary>
    public async Task<StoredApiKey?> RevokeAsync(
        string id,
        AuditedRequest? request = null,
        CancellationToken cancellationToken = default
    )
    {
        if (
            !IsId(id)
            || await items.GetAsync(new ItemKey(TenantId.Service, ById, id), cancellationToken) is not { } index
        )
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
            var operation = Operation(AuditOperation.KeyRevoke, revoked, request);
            if (await audit.TransactAsync(new TenantId(stored.Tenant), operation, [write], cancellationToken))
            {
                return revoked;
            }
        }

        return null;
    }

    /// <summary>Stores that the key was used today: at most one write a key, a process and a day.</summary>
    public async Task NoteUseAsync(StoredApiKey key, CancellationToken cancellationToken = default)
    {
        var today = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (noted.TryGetValue(key.Id, out var day) && day == today)
        {
            return;
        }

        var use = JsonSerializer.Serialize(new ApiKeyUse(today), StorageJson.Default.ApiKeyUse);
        try
        {
            await items.WriteAsync(ItemWrite.Put(UsePlace(key.Id), use), cancellationToken);
            noted[key.Id] = today;
        }
        catch (StorageException)
        {
            // A store that can be read and not written, a full disk: what only reads goes on.
        }
    }

    /// <summary>The day of UTC on which the key was last used; null where it never was.</summary>
    public async Task<string?> LastUsedAsync(string id, CancellationToken cancellationToken = default) =>
        (await items.GetAsync(UsePlace(id), cancellationToken))?.Read(StorageJson.Default.ApiKeyUse).Day;

    private AuditedOperation Operation(AuditOperation name, StoredApiKey key, AuditedRequest? request) =>
        new(name, key.Id, request ?? AuditedRequest.WithoutBody(clock.GetUtcNow()));

    private static bool IsId(string id) =>
        id.Length is > 4 and <= 40 && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static ItemKey Place(string sha256) => new(TenantId.Service, $"KEY#{sha256}", "META");

    private static ItemKey UsePlace(string id) => new(TenantId.Service, "KEY_USE", id);
}
