using System.Text.Json.Serialization;
using Lace.Cryptography;

namespace Lace.Evidence.Statements;

/// <summary>How a statement is signed; the names are those of a policy file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StatementAlgorithm>))]
public enum StatementAlgorithm
{
    /// <summary>ECDSA P-256 with SHA-256, DER; the public key is SPKI DER.</summary>
    [JsonStringEnumMemberName("ecdsa-p256-sha256")]
    P256,

    /// <summary>The composite id-MLDSA65-Ed25519-SHA512, empty context; the public key has 1,984 bytes.</summary>
    [JsonStringEnumMemberName("mldsa65-ed25519")]
    Hybrid,
}

/// <summary>A public key that the verifier trusts for statements, and when.</summary>
public sealed class StatementKey
{
    private readonly EcdsaPublicKey? p256;
    private readonly PublicKey? hybrid;

    private StatementKey(
        StatementAlgorithm algorithm,
        ReadOnlyMemory<byte> publicKey,
        DateTimeOffset validFrom,
        DateTimeOffset? validUntil
    )
    {
        Algorithm = algorithm;
        PublicKey = publicKey;
        Id = StatementKeyId.Of(publicKey.Span);
        ValidFrom = validFrom;
        ValidUntil = validUntil;
        p256 =
            algorithm == StatementAlgorithm.P256
            && EcdsaPublicKey.TryImport(publicKey.Span) is { Curve: EcdsaCurve.P256 } key
                ? key
                : null;
        hybrid =
            algorithm == StatementAlgorithm.Hybrid
                ? SignatureAlgorithm.MlDsa65Ed25519.ImportPublicKey(publicKey.Span)
                : null;
    }

    public StatementAlgorithm Algorithm { get; }

    /// <summary>As the algorithm encodes it.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>As <see cref="StatementKeyId"/> has it.</summary>
    public string Id { get; }

    public DateTimeOffset ValidFrom { get; }

    /// <summary>The last moment of validity; null where it has no end.</summary>
    public DateTimeOffset? ValidUntil { get; }

    /// <summary>The key, or null if the bytes are not one of the algorithm.</summary>
    public static StatementKey? TryImport(
        StatementAlgorithm algorithm,
        ReadOnlySpan<byte> publicKey,
        DateTimeOffset validFrom,
        DateTimeOffset? validUntil = null
    )
    {
        var key = new StatementKey(algorithm, publicKey.ToArray(), validFrom, validUntil);
        return key.p256 is null && key.hybrid is null ? null : key;
    }

    /// <summary>Both ends included.</summary>
    public bool IsValidAt(DateTimeOffset time) => ValidFrom <= time && (ValidUntil is not { } end || time <= end);

    /// <summary>Whether the signature is one of this key over the PAE of a statement.</summary>
    public bool Verify(ReadOnlySpan<byte> pae, ReadOnlySpan<byte> signature) =>
        p256 is not null
            ? p256.Verify(pae, signature)
            : SignatureAlgorithm.MlDsa65Ed25519.Verify(hybrid!, pae, signature);
}
