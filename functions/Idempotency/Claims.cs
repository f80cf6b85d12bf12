using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Functions.Idempotency;

/// <summary>Who has an idempotency key: the item decides, by its version.</summary>
/// <param name="Request">Fingerprint of the request that claimed the key.</param>
/// <param name="Mine">The claimed item where this request is the one to run; null where another one is or was.</param>
/// <param name="Answer">The answer of the request that ran; null while it runs.</param>
internal sealed record Claim(string Request, Item? Mine, StoredAnswer? Answer);

/// <summary>The stored document of a claim.</summary>
internal sealed record StoredClaim(string Request, DateTimeOffset At, SealedAnswer? Answer);

/// <summary>Idempotency keys of all tenants.</summary>
internal sealed class Claims(IItemStore items, IKeyService keys, TimeProvider clock)
{
    /// <summary>A process that died leaves its claim; after this long it cannot be running any more.</summary>
    public static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(1);

    /// <summary>How long a repeat gets the stored answer; then the key is as good as new.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    /// <summary>Claims the key, or says who has it.</summary>
    public async Task<Claim> ClaimAsync(
        TenantId tenant,
        string key,
        string request,
        CancellationToken cancellationToken
    )
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
        var place = new ItemKey(tenant, $"IDEMPOTENCY#{name}", "CLAIM");
        while (true)
        {
            var now = clock.GetUtcNow();
            var document = Json(new StoredClaim(request, now, null));
            if (await items.GetAsync(place, cancellationToken) is not { } item)
            {
                if (await items.WriteAsync(ItemWrite.Create(place, document), cancellationToken))
                {
                    return new Claim(request, new Item(place, document, 1), null);
                }

                continue;
            }

            var stored = item.Read(StorageJson.Default.StoredClaim);
            var limit = stored.Answer is null ? RunLimit : Memory;
            if (now - stored.At < limit)
            {
                if (stored.Answer is null || stored.Request != request)
                {
                    return new Claim(stored.Request, null, null);
                }

                if (await stored.Answer.OpenAsync(keys, tenant, request, cancellationToken) is { } answer)
                {
                    return new Claim(request, null, answer);
                }
            }

            if (await items.WriteAsync(ItemWrite.Replace(item, document), cancellationToken))
            {
                return new Claim(request, item with { Document = document, Version = item.Version + 1 }, null);
            }
        }
    }

    /// <summary>Keeps the answer, unless the claim was taken over meanwhile. Not cancelled with the request: the work is done.</summary>
    public async Task KeepAsync(Claim claim, StoredAnswer answer)
    {
        var kept = await SealedAnswer.SealAsync(keys, claim.Mine!.Key.Tenant, claim.Request, answer);
        var document = Json(new StoredClaim(claim.Request, clock.GetUtcNow(), kept));
        await items.WriteAsync(ItemWrite.Replace(claim.Mine, document), CancellationToken.None);
    }

    /// <summary>Frees the key, unless the claim was taken over meanwhile.</summary>
    public Task<bool> ReleaseAsync(Claim claim) =>
        items.WriteAsync(ItemWrite.Delete(claim.Mine!), CancellationToken.None);

    private static string Json(StoredClaim claim) => JsonSerializer.Serialize(claim, StorageJson.Default.StoredClaim);
}
