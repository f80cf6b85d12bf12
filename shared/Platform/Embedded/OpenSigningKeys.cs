using System.Collections.Concurrent;

namespace Lace.Platform.Embedded;

/// <summary>Private keys that were unwrapped and decoded, which takes longer than signing with them. None is zeroed while it signs.</summary>
internal sealed class OpenSigningKeys : IDisposable
{
    private readonly ConcurrentDictionary<(TenantId Tenant, string KeyId), SigningSecret> open = new();
    private readonly ReaderWriterLockSlim inUse = new();

    /// <summary>Null where the key is not open.</summary>
    public byte[]? TrySign(TenantId tenant, string keyId, ReadOnlySpan<byte> message)
    {
        inUse.EnterReadLock();
        try
        {
            return open.GetValueOrDefault((tenant, keyId))?.Sign(message);
        }
        finally
        {
            inUse.ExitReadLock();
        }
    }

    /// <summary>Takes over the secret, or zeroes it where the key is open already.</summary>
    public void Add(TenantId tenant, string keyId, SigningSecret secret)
    {
        if (!open.TryAdd((tenant, keyId), secret))
        {
            secret.Dispose();
        }
    }

    public void Close(TenantId tenant, string? keyId = null)
    {
        if (!open.Keys.Any(key => IsMeant(key, tenant, keyId)))
        {
            return;
        }

        inUse.EnterWriteLock();
        try
        {
            foreach (var key in open.Keys.Where(key => IsMeant(key, tenant, keyId)))
            {
                if (open.TryRemove(key, out var secret))
                {
                    secret.Dispose();
                }
            }
        }
        finally
        {
            inUse.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        foreach (var tenant in open.Keys.Select(key => key.Tenant).Distinct())
        {
            Close(tenant);
        }

        inUse.Dispose();
    }

    private static bool IsMeant((TenantId Tenant, string KeyId) key, TenantId tenant, string? keyId) =>
        key.Tenant == tenant && (keyId is null || key.KeyId == keyId);
}
