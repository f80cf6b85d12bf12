using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Lace.Cryptography;

namespace Lace.Platform.Aws;

/// <summary>Public keys and signatures of keys in KMS, in the encodings of <see cref="SigningAlgorithm"/>.</summary>
/// <remarks>
/// ECDSA signs the digest of the message, Ed25519 the message itself (ED25519_SHA_512 is plain Ed25519), ML-DSA mu, which is
/// computed here (FIPS 204, section 6.2). The two halves of the composite are two keys that sign its M'.
/// </remarks>
internal sealed class KmsSigner(IAmazonKeyManagementService client, AwsCalls calls)
{
    public static KeySpec[] SpecsOf(SigningAlgorithm algorithm) =>
        algorithm switch
        {
            SigningAlgorithm.EcdsaP256 => [KeySpec.ECC_NIST_P256],
            SigningAlgorithm.Ed25519 => [KeySpec.ECC_NIST_EDWARDS25519],
            SigningAlgorithm.MlDsa44 => [KeySpec.ML_DSA_44],
            SigningAlgorithm.MlDsa65Ed25519 => [KeySpec.ML_DSA_65, KeySpec.ECC_NIST_EDWARDS25519],
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm."),
        };

    public async Task<byte[]> PublicKeyAsync(
        SigningAlgorithm algorithm,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        var encoded = new List<byte>();
        foreach (var key in keys)
        {
            var answer = await calls.RunAsync(
                "get a public key",
                _ => client.GetPublicKeyAsync(new GetPublicKeyRequest { KeyId = key }, cancellationToken),
                cancellationToken
            );
            encoded.AddRange(KmsPublicKey.Read(algorithm, answer.PublicKey.ToArray()));
        }

        return [.. encoded];
    }

    /// <summary>Null where the key was retired or destroyed meanwhile.</summary>
    public async Task<byte[]?> SignAsync(
        KmsSigningKey key,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    )
    {
        switch (key.Algorithm)
        {
            case SigningAlgorithm.EcdsaP256:
                return await SignAsync(
                    key.Keys[0],
                    SigningAlgorithmSpec.ECDSA_SHA_256,
                    MessageType.DIGEST,
                    SHA256.HashData(message.Span),
                    cancellationToken
                );
            case SigningAlgorithm.Ed25519:
                return await SignEd25519Async(key.Keys[0], message.ToArray(), cancellationToken);
            case SigningAlgorithm.MlDsa44:
                return await SignMuAsync(
                    key.Keys[0],
                    Mu(SignatureAlgorithm.MlDsa44, key.PublicKey, message.Span, []),
                    cancellationToken
                );
            default:
                return await SignCompositeAsync(key, message, cancellationToken);
        }
    }

    private async Task<byte[]?> SignCompositeAsync(
        KmsSigningKey key,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    )
    {
        var mlDsa = SignatureAlgorithm.MlDsa65;
        var signed = SignatureAlgorithm.MlDsa65Ed25519.ComputeMessageRepresentative(message.Span, []);
        var mu = Mu(mlDsa, key.PublicKey.AsSpan(0, mlDsa.PublicKeySize), signed, CompositeMlDsa65Ed25519.Label);
        var halves = await Task.WhenAll(
            SignMuAsync(key.Keys[0], mu, cancellationToken),
            SignEd25519Async(key.Keys[1], signed, cancellationToken)
        );
        return halves is [{ } first, { } second] ? [.. first, .. second] : null;
    }

    private Task<byte[]?> SignEd25519Async(string key, byte[] message, CancellationToken cancellationToken) =>
        SignAsync(key, SigningAlgorithmSpec.ED25519_SHA_512, MessageType.RAW, message, cancellationToken);

    private Task<byte[]?> SignMuAsync(string key, byte[] mu, CancellationToken cancellationToken) =>
        SignAsync(key, SigningAlgorithmSpec.ML_DSA_SHAKE_256, MessageType.EXTERNAL_MU, mu, cancellationToken);

    private Task<byte[]?> SignAsync(
        string key,
        SigningAlgorithmSpec algorithm,
        MessageType type,
        byte[] message,
        CancellationToken cancellationToken
    ) =>
        calls.RunAsync(
            "sign with a key",
            async _ =>
            {
                var request = new SignRequest
                {
                    KeyId = key,
                    SigningAlgorithm = algorithm,
                    MessageType = type,
                    Message = new MemoryStream(message, writable: false),
                };
                try
                {
                    return (await client.SignAsync(request, cancellationToken)).Signature.ToArray();
                }
                catch (KMSInvalidStateException)
                {
                    return null;
                }
            },
            cancellationToken
        );

    private static byte[] Mu(
        MlDsa algorithm,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context
    )
    {
        var key =
            algorithm.ImportPublicKey(publicKey)
            ?? throw new StorageException("A stored public key is none of its algorithm.");
        var mu = new byte[MlDsa.MuSize];
        algorithm.ComputeMu(key, message, context, mu);
        return mu;
    }
}
