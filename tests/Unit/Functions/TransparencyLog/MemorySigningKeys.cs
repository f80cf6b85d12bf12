using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Platform;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>A test double: signing keys in memory, one for each name, that nobody rotates.</summary>
internal sealed class MemorySigningKeys : IKeyService
{
    private readonly Dictionary<string, (SigningKey Key, SigningPublicKey Public)> keys = [];

    public Task<SigningPublicKey> GetSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    )
    {
        var found = keys.Values.FirstOrDefault(key => key.Public.Algorithm == algorithm);
        if (found.Public is null)
        {
            var made = (
                algorithm == SigningAlgorithm.Ed25519
                    ? (SignatureAlgorithm)SignatureAlgorithm.Ed25519
                    : SignatureAlgorithm.MlDsa44
            ).ImportKey(SHA256.HashData([(byte)algorithm]));
            var bytes = made.PublicKey.Encoded.ToArray();
            var id = Convert.ToBase64String(SHA256.HashData(bytes));
            found = (made, new SigningPublicKey(id, algorithm, bytes, DateTimeOffset.UnixEpoch, null));
            keys.Add(id, found);
        }

        return Task.FromResult(found.Public);
    }

    public Task<byte[]?> SignAsync(
        TenantId tenant,
        string keyId,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            keys.TryGetValue(keyId, out var found) ? found.Key.Algorithm.Sign(found.Key, message.Span) : null
        );

    public Task<IReadOnlyList<SigningPublicKey>> ListSigningKeysAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public Task<SigningPublicKey> RotateSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public Task<DataKey> GenerateDataKeyAsync(
        TenantId tenant,
        string context,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public Task<DataKey?> UnwrapDataKeyAsync(
        TenantId tenant,
        string context,
        ReadOnlyMemory<byte> wrapped,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public Task RotateAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task DestroyAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}
