using System.Security.Cryptography;
using System.Text;
using Lace.Platform;

namespace Lace.Functions.Idempotency;

/// <summary>
/// An answer as it is stored: its body under a data key of its own, because an answer can hold a secret that is given once, such
/// as the key of a run, which is nowhere else in the clear.
/// </summary>
/// <param name="Key">The data key, wrapped by the tenant's.</param>
/// <param name="Body">AES-256-GCM, tag last. The nonce is zero: the key seals this one body.</param>
internal sealed record SealedAnswer(int Status, string? ContentType, string? Location, byte[] Key, byte[] Body)
{
    private const int TagSize = 16;
    private static readonly byte[] Nonce = new byte[12];

    /// <param name="request">Fingerprint of the request that the answer is for; the seal opens for no other.</param>
    public static async Task<SealedAnswer> SealAsync(
        IKeyService keys,
        TenantId tenant,
        string request,
        StoredAnswer answer
    )
    {
        using var key = await keys.GenerateDataKeyAsync(tenant, Context(request));
        var body = new byte[answer.Body.Length + TagSize];
        using var aes = new AesGcm(key.Plaintext, TagSize);
        aes.Encrypt(
            Nonce,
            answer.Body,
            body.AsSpan(..^TagSize),
            body.AsSpan(^TagSize..),
            Encoding.ASCII.GetBytes(request)
        );
        return new SealedAnswer(answer.Status, answer.ContentType, answer.Location, key.Wrapped.ToArray(), body);
    }

    /// <summary>The answer; null where the tenant's keys were destroyed since.</summary>
    /// <exception cref="InvalidDataException">The store does not give back what was sealed.</exception>
    public async Task<StoredAnswer?> OpenAsync(
        IKeyService keys,
        TenantId tenant,
        string request,
        CancellationToken cancellationToken
    )
    {
        using var key = await keys.UnwrapDataKeyAsync(tenant, Context(request), Key, cancellationToken);
        if (key is null)
        {
            return null;
        }

        try
        {
            var body = new byte[Body.Length - TagSize];
            using var aes = new AesGcm(key.Plaintext, TagSize);
            aes.Decrypt(
                Nonce,
                Body.AsSpan(..^TagSize),
                Body.AsSpan(^TagSize..),
                body,
                Encoding.ASCII.GetBytes(request)
            );
            return new StoredAnswer(Status, ContentType, Location, body);
        }
        catch (AuthenticationTagMismatchException failure)
        {
            throw new InvalidDataException("A stored answer was changed in the store.", failure);
        }
    }

    private static string Context(string request) => $"idempotency:{request}";
}
