using Amazon.KeyManagementService;

namespace Lace.Platform.Aws;

// The list of a tenant's signing keys is in the item store: KMS could list them only by walking through every key of the
// account. It is read for every signature, so a rotation elsewhere counts at once. A key that was retired is deleted in KMS; its
// public half stays in the list.
internal sealed partial class KmsKeyService
{
    private readonly KmsSigner signer = new(client, calls);

    public async Task<SigningPublicKey> GetSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    )
    {
        CheckName(tenant, name, algorithm);
        var listed = await ReadAsync(tenant, name, cancellationToken);
        return listed.Current(algorithm) is { } current
            ? current.Public
            : (await AddAsync(tenant, name, algorithm, replace: false, cancellationToken)).Public;
    }

    public async Task<IReadOnlyList<SigningPublicKey>> ListSigningKeysAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken = default
    )
    {
        CheckName(tenant, name);
        var listed = await ReadAsync(tenant, name, cancellationToken);
        return [.. listed.Keys.Select(key => key.Public)];
    }

    public async Task<byte[]?> SignAsync(
        TenantId tenant,
        string keyId,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken = default
    )
    {
        ItemLimits.CheckTenant(tenant);
        ArgumentNullException.ThrowIfNull(keyId);
        await foreach (var listed in ReadAllAsync(tenant, cancellationToken))
        {
            if (listed.Keys.FirstOrDefault(key => key.KeyId == keyId) is { } key)
            {
                SigningMessage.Check(key.Algorithm, message);
                return key.RetiredAt is null ? await signer.SignAsync(key, message, cancellationToken) : null;
            }
        }

        return null;
    }

    public async Task<SigningPublicKey> RotateSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    )
    {
        CheckName(tenant, name, algorithm);
        return (await AddAsync(tenant, name, algorithm, replace: true, cancellationToken)).Public;
    }

    /// <param name="replace">Whether the new key takes the place of one that is there; else that one is given, and the new one forgotten.</param>
    private async Task<KmsSigningKey> AddAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        bool replace,
        CancellationToken cancellationToken
    )
    {
        var made = new List<string>();
        foreach (var spec in KmsSigner.SpecsOf(algorithm))
        {
            made.Add(await MakeKeyAsync(tenant, spec, $"signing key {name}", cancellationToken));
        }

        var publicKey = await signer.PublicKeyAsync(algorithm, made, cancellationToken);
        while (true)
        {
            var listed = await ReadAsync(tenant, name, cancellationToken);
            var current = listed.Current(algorithm);
            if (current is not null && !replace)
            {
                await ForgetOwnAsync(made, cancellationToken);
                return current;
            }

            var now = clock.GetUtcNow().ToUniversalTime();
            var added = new KmsSigningKey(
                algorithm,
                made,
                publicKey,
                now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)),
                null
            );
            if (await items.WriteAsync(listed.With(added), cancellationToken))
            {
                await ForgetAllAsync(current?.Keys ?? [], cancellationToken);
                return added;
            }
        }
    }

    private async Task DestroySigningKeysAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await foreach (var listed in ReadAllAsync(tenant, cancellationToken))
        {
            var last = listed;
            do
            {
                await ForgetAllAsync([.. last.Keys.SelectMany(key => key.Keys)], cancellationToken);
                if (await items.WriteAsync(ItemWrite.Delete(last.Stored!), cancellationToken))
                {
                    break;
                }

                // A key was added meanwhile.
                last = KmsSigningKeys.Of(last.Place, await items.GetAsync(last.Place, cancellationToken));
            } while (last.Stored is not null);
        }
    }

    private async Task ForgetAllAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            await ForgetAsync(key, cancellationToken);
        }
    }

    private async Task<KmsSigningKeys> ReadAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        var place = KmsSigningKeys.PlaceOf(tenant, name);
        return KmsSigningKeys.Of(place, await items.GetAsync(place, cancellationToken));
    }

    private async IAsyncEnumerable<KmsSigningKeys> ReadAllAsync(
        TenantId tenant,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var query = new ItemQuery(tenant, KmsSigningKeys.Partition, KmsSigningKeys.Prefix);
        while (true)
        {
            var page = await items.QueryAsync(query, cancellationToken);
            foreach (var item in page.Items)
            {
                yield return KmsSigningKeys.Of(item.Key, item);
            }

            if (page.Next is null)
            {
                yield break;
            }

            query = query with { After = page.Next };
        }
    }

    private static void CheckName(TenantId tenant, string name, SigningAlgorithm algorithm = default)
    {
        ItemLimits.CheckTenant(tenant);
        _ = new TenantId(name); // the rule of a tenant's id is the rule here
        if (!Enum.IsDefined(algorithm))
        {
            throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm.");
        }
    }
}
