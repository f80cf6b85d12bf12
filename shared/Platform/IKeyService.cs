namespace Lace.Platform;

/// <summary>Data keys under a tenant's key-encryption key. The latter never leaves the service.</summary>
public interface IKeyService
{
    /// <summary>A fresh 256-bit key, in the clear and wrapped. The context must be given again to unwrap it.</summary>
    Task<DataKey> GenerateDataKeyAsync(TenantId tenant, string context, CancellationToken cancellationToken = default);

    /// <summary>The key in the clear, or null where tenant, context or bytes are not those of the wrapping.</summary>
    Task<DataKey?> UnwrapDataKeyAsync(
        TenantId tenant,
        string context,
        ReadOnlyMemory<byte> wrapped,
        CancellationToken cancellationToken = default
    );

    /// <summary>New data keys are wrapped by a new key from now on; what older ones wrapped stays readable.</summary>
    Task RotateAsync(TenantId tenant, CancellationToken cancellationToken = default);

    /// <summary>Forgets every key of the tenant: what they wrapped is unreadable for good. The next data key begins anew.</summary>
    Task DestroyAsync(TenantId tenant, CancellationToken cancellationToken = default);
}

/// <summary>32 secret bytes, zeroed on dispose, and their wrapped form.</summary>
public sealed class DataKey(byte[] plaintext, byte[] wrapped) : IDisposable
{
    public ReadOnlySpan<byte> Plaintext => plaintext;

    public ReadOnlyMemory<byte> Wrapped => wrapped;

    public void Dispose() => System.Security.Cryptography.CryptographicOperations.ZeroMemory(plaintext);
}
