using System.Security.Cryptography;

namespace Lace.Cryptography;

/// <summary>A signature algorithm: makes and imports its keys, signs, verifies.</summary>
/// <remarks>
/// A key belongs to one algorithm; giving it to another is a programmer error and throws. <c>Verify</c> answers and never
/// throws on what a stranger can send: a signature, context or public key of the wrong length is just not valid.
/// All instances are immutable and safe to share between threads.
/// </remarks>
public abstract class SignatureAlgorithm
{
    private protected SignatureAlgorithm(
        string name,
        int seedSize,
        int publicKeySize,
        int signatureSize,
        int maxContextSize
    )
    {
        Name = name;
        SeedSize = seedSize;
        PublicKeySize = publicKeySize;
        SignatureSize = signatureSize;
        MaxContextSize = maxContextSize;
    }

    /// <summary>Ed25519 (RFC 8032): 32-byte keys, 64-byte signatures, no context.</summary>
    public static Ed25519 Ed25519 { get; } = new();

    /// <summary>ML-DSA-44 (FIPS 204), for checkpoint cosignatures: 1312-byte public keys, 2420-byte signatures.</summary>
    public static MlDsa MlDsa44 { get; } = new(Lattices.MlDsaParameters.MlDsa44);

    /// <summary>ML-DSA-65 (FIPS 204): 1952-byte public keys, 3309-byte signatures.</summary>
    public static MlDsa MlDsa65 { get; } = new(Lattices.MlDsaParameters.MlDsa65);

    /// <summary>ML-DSA-65 and Ed25519 together: both must verify.</summary>
    public static CompositeMlDsa65Ed25519 MlDsa65Ed25519 { get; } = new();

    /// <summary>The name in the standard.</summary>
    public string Name { get; }

    /// <summary>Bytes of the seed from which a key pair is derived.</summary>
    public int SeedSize { get; }

    /// <summary>Bytes of an encoded public key.</summary>
    public int PublicKeySize { get; }

    /// <summary>Bytes of a signature.</summary>
    public int SignatureSize { get; }

    /// <summary>Most bytes of a context string; 0 where the algorithm has none.</summary>
    public int MaxContextSize { get; }

    /// <summary>A fresh key pair from the system's random generator.</summary>
    public SigningKey GenerateKey(KeyExport export = KeyExport.Refused)
    {
        Span<byte> seed = stackalloc byte[SeedSize];
        RandomNumberGenerator.Fill(seed);
        var key = DeriveKey(seed, export);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The key pair of a seed of <see cref="SeedSize"/> bytes. The caller zeroes its own copy.</summary>
    public SigningKey ImportKey(ReadOnlySpan<byte> seed, KeyExport export = KeyExport.Refused)
    {
        if (seed.Length != SeedSize)
        {
            throw new ArgumentException($"A seed of {Name} has {SeedSize} bytes, not {seed.Length}.", nameof(seed));
        }

        return DeriveKey(seed, export);
    }

    /// <summary>The public key encoded in the bytes, or null if they are not one.</summary>
    public PublicKey? ImportPublicKey(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == PublicKeySize ? DecodePublicKey(publicKey) : null;

    /// <summary>Signs a message; the context, if the algorithm has one, separates uses of the same key.</summary>
    public byte[] Sign(SigningKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> context = default)
    {
        var signature = new byte[SignatureSize];
        Sign(key, message, context, signature);
        return signature;
    }

    /// <summary>Signs a message into a buffer of exactly <see cref="SignatureSize"/> bytes.</summary>
    public void Sign(SigningKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> context, Span<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireOwn(key.Algorithm);
        RequireContext(context);
        RequireSignatureBuffer(signature);
        SignCore(key, message, context, signature);
    }

    /// <summary>Whether the signature is one of this key over exactly this message and context.</summary>
    public bool Verify(
        PublicKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature,
        ReadOnlySpan<byte> context = default
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireOwn(key.Algorithm);
        return signature.Length == SignatureSize
            && context.Length <= MaxContextSize
            && VerifyCore(key, message, context, signature);
    }

    /// <summary>The same with an encoded public key; false if it is not one.</summary>
    public bool Verify(
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature,
        ReadOnlySpan<byte> context = default
    ) => ImportPublicKey(publicKey) is { } key && Verify(key, message, signature, context);

    private protected abstract SigningKey DeriveKey(ReadOnlySpan<byte> seed, KeyExport export);

    private protected abstract PublicKey? DecodePublicKey(ReadOnlySpan<byte> publicKey);

    private protected abstract void SignCore(
        SigningKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        Span<byte> signature
    );

    private protected abstract bool VerifyCore(
        PublicKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> signature
    );

    private protected void RequireOwn(SignatureAlgorithm algorithm)
    {
        if (!ReferenceEquals(algorithm, this))
        {
            throw new ArgumentException($"A key of {algorithm.Name} cannot be used with {Name}.");
        }
    }

    private protected void RequireContext(ReadOnlySpan<byte> context)
    {
        if (context.Length > MaxContextSize)
        {
            throw new ArgumentException($"A context of {Name} has at most {MaxContextSize} bytes.", nameof(context));
        }
    }

    private protected void RequireSignatureBuffer(ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureSize)
        {
            throw new ArgumentException($"A signature of {Name} has {SignatureSize} bytes.", nameof(signature));
        }
    }
}
