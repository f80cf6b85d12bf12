using System.Security.Cryptography;
using Lace.Cryptography.Sealing;
using Lace.Platform;

namespace Lace.Records.Training;

/// <summary>A request or a result, sealed: batches are the owner's data. Small ones lie in the item, others in a blob.</summary>
/// <param name="Sha256">Of the plaintext, 64 hex digits.</param>
internal sealed record SealedPayload(string Sha256, int Length, byte[]? Inline = null, string? Blob = null);

/// <summary>Seals and opens the payloads of one training client, under its own data key.</summary>
internal sealed class Payloads(IBlobStore blobs, TenantId tenant, string clientId, DataKey key) : IDisposable
{
    /// <summary>Sealed bytes that an item holds itself; in base64 they fit beside everything else.</summary>
    public const int MaxInline = 64 << 10;

    private const string Purpose = "operation";

    /// <summary>The context under which the payload key of a client is wrapped.</summary>
    public static string KeyContext(string clientId) => "training:" + clientId;

    /// <summary>The context under which the noise key of a client is wrapped.</summary>
    public static string NoiseContext(string clientId) => "training-noise:" + clientId;

    /// <exception cref="PayloadException">The tenant's keys were destroyed, or the client is not the one that was stored.</exception>
    public static async Task<Payloads> OpenAsync(
        IKeyService keys,
        IBlobStore blobs,
        TenantId tenant,
        TrainingClient client,
        CancellationToken cancellationToken = default
    ) =>
        await keys.UnwrapDataKeyAsync(tenant, KeyContext(client.Id), client.PayloadKey, cancellationToken) is { } key
            ? new Payloads(blobs, tenant, client.Id, key)
            : throw new PayloadException($"The key of {client.Id} is gone: what it sealed cannot be read any more.");

    /// <summary>Seals; a blob is written before the item that names it.</summary>
    /// <param name="name">What it is: the same has to be given to open it.</param>
    public async Task<SealedPayload> SealAsync(
        string name,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    )
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        var sealedBytes = SealedFile.Seal(content, key.Plaintext, Context(name));
        if (sealedBytes.Length <= MaxInline)
        {
            return new SealedPayload(digest, content.Length, sealedBytes);
        }

        var path = $"{TrainingIds.Folder(clientId)}{Convert.ToHexStringLower(SHA256.HashData(sealedBytes))}";
        await blobs.PutIfAbsentAsync(new BlobKey(tenant, path), sealedBytes, cancellationToken);
        return new SealedPayload(digest, content.Length, Blob: path);
    }

    /// <exception cref="PayloadException">It is missing, or not what was sealed under that name.</exception>
    public async Task<byte[]> OpenAsync(
        string name,
        SealedPayload payload,
        CancellationToken cancellationToken = default
    )
    {
        ReadOnlyMemory<byte>? bytes =
            payload.Inline
            ?? (
                payload.Blob is { } path
                    ? (await blobs.GetAsync(new BlobKey(tenant, path), cancellationToken))?.Content
                    : null
            );
        if (bytes is not { } found)
        {
            throw new PayloadException($"A stored payload of {clientId} is missing.");
        }

        var result = SealedFile.TryOpen(found, key.Plaintext, Context(name), out var content);
        return result == OpenResult.Opened && Convert.ToHexStringLower(SHA256.HashData(content)) == payload.Sha256
            ? content
            : throw new PayloadException($"A stored payload of {clientId} was changed in the store ({result}).");
    }

    public void Dispose() => key.Dispose();

    /// <summary>A request is bound to its own hash, which repeats are compared by.</summary>
    public static string RequestName(string hash) => "request/" + hash;

    /// <summary>A result is bound to its place.</summary>
    public static string ResultName(long seq) => $"result/{seq:D10}";

    private SealContext Context(string name) => new(tenant.Value, Purpose, $"{clientId}/{name}");
}

/// <summary>The store does not give back what was sealed. The message holds nothing of the content.</summary>
internal sealed class PayloadException(string message) : Exception(message);
