using System.Security.Cryptography;
using Lace.Cryptography.Lattices;

namespace Lace.Cryptography;

//  ML-DSA
//
//  References   FIPS 204 (August 2024): algorithms 1-3 and 6-8 outside, sections 7 and 8 inside; section 6.2 of
//               NIST's FAQ on external mu. HashML-DSA (section 5.4) is another algorithm and is not here.
//  Sizes        ML-DSA-44: public key 1312, signature 2420 bytes; ML-DSA-65: 1952, 3309; seed 32; context up to 255
//  Limits       messages of any length; no limit on the number of signatures
//  Security     category 2 (44) and 3 (65) against classical and quantum attackers, strongly unforgeable
//
//  Private keys are seeds; the expanded form of FIPS 204 is read for interoperation, with its consistency checked.
//  Signing is hedged: fresh randomness is mixed into the nonce, and a failing generator falls back to the deterministic
//  variant in effect. The deterministic variant is there for vectors and where reproducible signatures are wanted.
//
//  Constant time where a secret flows: no table is indexed and no branch taken by a secret (NumberTheoreticTransform,
//  VectorTransform, Ring, BitPacking, Keccak); the rejections of ExpandS and of the signing loop are visible and
//  independent of the key: see Sampling and MlDsaSigningKey. Verification works on public data.

/// <summary>ML-DSA signatures by FIPS 204, with 44 or 65 for parameter set.</summary>
public sealed class MlDsa : SignatureAlgorithm
{
    /// <summary>Bytes of mu, the hash of key, context and message that is signed.</summary>
    public const int MuSize = 64;

    private const int RandomnessSize = 32;
    private readonly MlDsaParameters parameters;

    internal MlDsa(MlDsaParameters parameters)
        : base(
            parameters.Name,
            MlDsaParameters.SeedSize,
            parameters.PublicKeySize,
            parameters.SignatureSize,
            maxContextSize: 255
        ) => this.parameters = parameters;

    /// <summary>Bytes of the expanded private key of FIPS 204, table 2.</summary>
    public int ExpandedKeySize => parameters.ExpandedKeySize;

    /// <summary>The key in its expanded form, or null if the bytes are not one. Such a key cannot be exported.</summary>
    public SigningKey? ImportExpandedKey(ReadOnlySpan<byte> expandedKey) =>
        expandedKey.Length == ExpandedKeySize ? MlDsaSigningKey.Decode(this, parameters, expandedKey) : null;

    /// <summary>Signs without randomness: the same input gives the same signature.</summary>
    public void SignDeterministic(
        SigningKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        Span<byte> signature
    )
    {
        Span<byte> mu = stackalloc byte[MuSize];
        ComputeMu(RequireKey(key).PublicKey, message, context, mu);
        SignMuDeterministic(key, mu, signature);
    }

    /// <summary>Computes mu, 64 bytes, for a signer elsewhere that takes it instead of the message.</summary>
    public void ComputeMu(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> context, Span<byte> mu)
    {
        RequireContext(context);
        RequireMu(mu);
        RequireKey(key).ComputeMu(message, context, mu);
    }

    /// <summary>Signs mu, hedged.</summary>
    public void SignMu(SigningKey key, ReadOnlySpan<byte> mu, Span<byte> signature)
    {
        Span<byte> randomness = stackalloc byte[RandomnessSize];
        RandomNumberGenerator.Fill(randomness);
        SignMu(key, mu, randomness, signature);
        CryptographicOperations.ZeroMemory(randomness);
    }

    /// <summary>Signs mu without randomness.</summary>
    public void SignMuDeterministic(SigningKey key, ReadOnlySpan<byte> mu, Span<byte> signature)
    {
        Span<byte> randomness = stackalloc byte[RandomnessSize];
        randomness.Clear();
        SignMu(key, mu, randomness, signature);
    }

    /// <summary>Whether the signature is one of this key over mu.</summary>
    public bool VerifyMu(PublicKey key, ReadOnlySpan<byte> mu, ReadOnlySpan<byte> signature)
    {
        RequireMu(mu);
        var own = RequireKey(key);
        return signature.Length == SignatureSize && own.VerifyMu(mu, signature);
    }

    internal void SignMu(SigningKey key, ReadOnlySpan<byte> mu, ReadOnlySpan<byte> randomness, Span<byte> signature)
    {
        RequireMu(mu);
        RequireSignatureBuffer(signature);
        RequireKey(key).SignMu(mu, randomness, signature);
    }

    private protected override SigningKey DeriveKey(ReadOnlySpan<byte> seed, KeyExport export) =>
        MlDsaSigningKey.Derive(this, parameters, seed, export);

    private protected override PublicKey DecodePublicKey(ReadOnlySpan<byte> publicKey) =>
        new MlDsaPublicKey(this, parameters, publicKey);

    private protected override void SignCore(
        SigningKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        Span<byte> signature
    )
    {
        Span<byte> mu = stackalloc byte[MuSize];
        ComputeMu(key.PublicKey, message, context, mu);
        SignMu(key, mu, signature);
    }

    private protected override bool VerifyCore(
        PublicKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> signature
    )
    {
        Span<byte> mu = stackalloc byte[MuSize];
        ComputeMu(key, message, context, mu);
        return VerifyMu(key, mu, signature);
    }

    private MlDsaSigningKey RequireKey(SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireOwn(key.Algorithm);
        return (MlDsaSigningKey)key;
    }

    private MlDsaPublicKey RequireKey(PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireOwn(key.Algorithm);
        return (MlDsaPublicKey)key;
    }

    private static void RequireMu(ReadOnlySpan<byte> mu)
    {
        if (mu.Length != MuSize)
        {
            throw new ArgumentException($"mu has {MuSize} bytes.", nameof(mu));
        }
    }
}
