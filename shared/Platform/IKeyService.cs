namespace Lace.Platform;

/// <summary>A tenant's keys: data keys under its key-encryption key, and keys that sign. Neither private half leaves the service.</summary>
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

    /// <summary>Forgets every key of the tenant: what they wrapped is unreadable for good, and none of them signs again. The next key begins anew.</summary>
    Task DestroyAsync(TenantId tenant, CancellationToken cancellationToken = default);

    /// <summary>The key that signs now under that name, made when first asked for; callers that ask at once get one key.</summary>
    /// <param name="name">Its purpose: 1 to 40 lower-case letters, digits or hyphens.</param>
    Task<SigningPublicKey> GetSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    );

    /// <summary>All keys that were ever made under that name, the retired ones as well, in the order in which they were made.</summary>
    Task<IReadOnlyList<SigningPublicKey>> ListSigningKeysAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken = default
    );

    /// <summary>The signature, or null where the tenant has no such key or the key is retired: get the key anew and sign again.</summary>
    Task<byte[]?> SignAsync(
        TenantId tenant,
        string keyId,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken = default
    );

    /// <summary>A fresh key signs from now on. The one before stays listed, so that what it signed can be checked, and signs nothing more.</summary>
    Task<SigningPublicKey> RotateSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    );
}

/// <summary>32 secret bytes, zeroed on dispose, and their wrapped form.</summary>
public sealed class DataKey(byte[] plaintext, byte[] wrapped) : IDisposable
{
    public ReadOnlySpan<byte> Plaintext => plaintext;

    public ReadOnlyMemory<byte> Wrapped => wrapped;

    public void Dispose() => System.Security.Cryptography.CryptographicOperations.ZeroMemory(plaintext);
}
