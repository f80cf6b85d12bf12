using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Lace.Platform.Embedded;

// Signing keys lie in one file a tenant beside its key-encryption keys, their seeds wrapped by the newest of these. The file
// is read for every signature, so a rotation in another process counts at once; only what is decoded from it is kept.
internal sealed partial class KeyFileService
{
    private readonly OpenSigningKeys open = new();
    private readonly ConcurrentDictionary<TenantId, SigningKeyFile> lastRead = new();

    public Task<SigningPublicKey> GetSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    )
    {
        CheckName(name, algorithm);
        return AttemptAsync(
            "get a signing key",
            tenant,
            "",
            () =>
            {
                if (ReadSigning(tenant).Current(name, algorithm) is { } current)
                {
                    return current.Public;
                }

                using var held = locks.Acquire("", cancellationToken);
                var file = ReadSigning(tenant);
                return (file.Current(name, algorithm) ?? AddSigning(tenant, file, name, algorithm)).Public;
            },
            cancellationToken
        );
    }

    public Task<IReadOnlyList<SigningPublicKey>> ListSigningKeysAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken = default
    )
    {
        CheckName(name);
        return AttemptAsync<IReadOnlyList<SigningPublicKey>>(
            "list the signing keys",
            tenant,
            "",
            () => [.. ReadSigning(tenant).Keys.Where(key => key.Name == name).Select(key => key.Public)],
            cancellationToken
        );
    }

    public Task<byte[]?> SignAsync(
        TenantId tenant,
        string keyId,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(keyId);
        return AttemptAsync(
            "sign with a key",
            tenant,
            "",
            () =>
            {
                if (ReadSigning(tenant).Find(keyId) is not { RetiredAt: null } key)
                {
                    open.Close(tenant, keyId);
                    return null;
                }

                SigningMessage.Check(key.Algorithm, message);
                return open.TrySign(tenant, keyId, message.Span)
                    ?? OpenAndSign(tenant, key, message, cancellationToken);
            },
            cancellationToken
        );
    }

    public Task<SigningPublicKey> RotateSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    )
    {
        CheckName(name, algorithm);
        return AttemptAsync(
            "rotate a signing key",
            tenant,
            "",
            () =>
            {
                using var held = locks.Acquire("", cancellationToken);
                var file = ReadSigning(tenant);
                var added = AddSigning(tenant, file, name, algorithm);
                if (file.Current(name, algorithm) is { } retired)
                {
                    open.Close(tenant, retired.KeyId);
                }

                return added.Public;
            },
            cancellationToken
        );
    }

    public void Dispose() => open.Dispose();

    /// <summary>Under the lock.</summary>
    private StoredSigningKey AddSigning(TenantId tenant, SigningKeyFile file, string name, SigningAlgorithm algorithm)
    {
        using var keys = KeyFile.Read(PathOf(tenant)) ?? Add(tenant, null);
        var seed = SigningSecret.GenerateSeed(algorithm);
        try
        {
            using var secret = SigningSecret.Import(algorithm, seed);
            var publicKey = secret.PublicKey;
            var wrapped = WrappedKey.Wrap(KeyUse.Signing, seed, keys, tenant, Context(name, algorithm));
            var now = clock.GetUtcNow().ToUniversalTime();
            var added = new StoredSigningKey(
                name,
                algorithm,
                publicKey,
                wrapped,
                now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)),
                null
            );
            file.With(added).Store(SigningPathOf(tenant));
            return added;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private byte[] OpenAndSign(
        TenantId tenant,
        StoredSigningKey key,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    )
    {
        using var held = locks.Acquire("", cancellationToken);
        var secret = Unwrap(tenant, key);
        var signature = secret.Sign(message.Span);
        open.Add(tenant, key.KeyId, secret);
        return signature;
    }

    private SigningSecret Unwrap(TenantId tenant, StoredSigningKey key)
    {
        using var keys = KeyFile.Read(PathOf(tenant));
        var seed = keys is null
            ? null
            : WrappedKey.Unwrap(
                KeyUse.Signing,
                key.Wrapped,
                SigningSecret.SeedBytes(key.Algorithm),
                keys,
                tenant,
                Context(key.Name, key.Algorithm)
            );
        if (seed is null)
        {
            throw NotItsOwn(tenant, key);
        }

        var secret = SigningSecret.Import(key.Algorithm, seed);
        CryptographicOperations.ZeroMemory(seed);
        if (secret.PublicKey.AsSpan().SequenceEqual(key.PublicKey))
        {
            return secret;
        }

        secret.Dispose();
        throw NotItsOwn(tenant, key);
    }

    private SigningKeyFile ReadSigning(TenantId tenant) =>
        lastRead[tenant] = SigningKeyFile.Read(
            SigningPathOf(tenant),
            lastRead.GetValueOrDefault(tenant, SigningKeyFile.Empty)
        );

    private StorageException NotItsOwn(TenantId tenant, StoredSigningKey key) =>
        new(
            $"The signing key {key.KeyId} in {SigningPathOf(tenant)} is not wrapped by the keys beside it. Restore both files from one backup."
        );

    private static string Context(string name, SigningAlgorithm algorithm) => $"{name}:{algorithm}";

    private static void CheckName(string name, SigningAlgorithm algorithm = default)
    {
        _ = new TenantId(name); // the rule of a tenant's id is the rule here
        if (!Enum.IsDefined(algorithm))
        {
            throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm.");
        }
    }

    private string SigningPathOf(TenantId tenant) => Path.Combine(folder, tenant.Value + ".signing");
}
