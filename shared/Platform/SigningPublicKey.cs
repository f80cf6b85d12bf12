using System.Text.Json.Serialization;

namespace Lace.Platform;

/// <summary>What a signing key of <see cref="IKeyService"/> signs with, and how its public key and its signatures are encoded.</summary>
/// <remarks>Where an algorithm has a context, it is empty.</remarks>
public enum SigningAlgorithm
{
    /// <summary>ECDSA on P-256 over the SHA-256 of the message (FIPS 186-5): SubjectPublicKeyInfo in DER, signature in DER.</summary>
    [JsonStringEnumMemberName("ecdsa-p256-sha256")]
    EcdsaP256,

    /// <summary>Ed25519 over the message (RFC 8032): 32 bytes, signature 64. A message has at most 4,096 bytes, which is what AWS KMS takes.</summary>
    [JsonStringEnumMemberName("ed25519")]
    Ed25519,

    /// <summary>ML-DSA-44 over the message (FIPS 204): 1,312 bytes, signature 2,420.</summary>
    [JsonStringEnumMemberName("mldsa44")]
    MlDsa44,

    /// <summary>The composite id-MLDSA65-Ed25519-SHA512 (OID 1.3.6.1.5.5.7.6.48): 1,952 and 32 bytes, signature 3,309 and 64.</summary>
    [JsonStringEnumMemberName("mldsa65-ed25519")]
    MlDsa65Ed25519,
}

/// <summary>The public half of a signing key, for as long as its tenant's keys exist.</summary>
/// <param name="KeyId">Base64 of the SHA-256 of <paramref name="PublicKey"/>: the same in every adapter, and the key id of a signed statement.</param>
/// <param name="PublicKey">Encoded as <see cref="SigningAlgorithm"/> says.</param>
/// <param name="CreatedAt">Of whole seconds, not later than the first signature.</param>
/// <param name="RetiredAt">Since when it signs nothing; null for the key in use.</param>
public sealed record SigningPublicKey(
    string KeyId,
    SigningAlgorithm Algorithm,
    ReadOnlyMemory<byte> PublicKey,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RetiredAt
);
