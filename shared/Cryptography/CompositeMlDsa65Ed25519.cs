using System.Security.Cryptography;

namespace Lace.Cryptography;

//  id-MLDSA65-Ed25519-SHA512
//
//  References   IETF LAMPS draft-ietf-lamps-pq-composite-sigs, sections 3 and 6; OID 1.3.6.1.5.5.7.6.48
//  Sizes        seed 32 + 32, public key 1952 + 32, signature 3309 + 64 bytes, ML-DSA first; context up to 255
//  Security     unforgeable while either of the two halves is
//
//  Both halves sign M' = prefix || label || length of context || context || SHA-512(message), ML-DSA with the label for
//  its context. The prefix keeps a half from being taken for a signature of its own, so a signature stripped of a half
//  is worth nothing. Keys must not be used outside the composite: both are derived from one seed here, and the halves
//  are not given out.
//
//  Constant time where Ed25519 and MlDsa are. Both halves are always verified, so that no time tells which was wrong.

/// <summary>ML-DSA-65 and Ed25519 as one signature; valid only if both halves are.</summary>
public sealed class CompositeMlDsa65Ed25519 : SignatureAlgorithm
{
    /// <summary>Object identifier of the algorithm in keys and certificates.</summary>
    public const string ObjectIdentifier = "1.3.6.1.5.5.7.6.48";

    private const int MlDsaSeedSize = 32;
    private const int MlDsaPublicKeySize = 1952;
    private const int MlDsaSignatureSize = 3309;

    internal CompositeMlDsa65Ed25519()
        : base(
            "id-MLDSA65-Ed25519-SHA512",
            seedSize: MlDsaSeedSize + 32,
            publicKeySize: MlDsaPublicKeySize + 32,
            signatureSize: MlDsaSignatureSize + 64,
            maxContextSize: 255
        ) { }

    private static ReadOnlySpan<byte> Prefix => "CompositeAlgorithmSignatures2025"u8;

    /// <summary>The context under which the ML-DSA half signs M': for a signer elsewhere that holds it.</summary>
    public static ReadOnlySpan<byte> Label => "COMPSIG-MLDSA65-Ed25519-SHA512"u8;

    /// <summary>M', what both halves sign: for a signer elsewhere that holds them. At most 382 bytes.</summary>
    public byte[] ComputeMessageRepresentative(ReadOnlySpan<byte> message, ReadOnlySpan<byte> context)
    {
        RequireContext(context);
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(message, hash);
        return [.. Prefix, .. Label, (byte)context.Length, .. context, .. hash];
    }

    private protected override SigningKey DeriveKey(ReadOnlySpan<byte> seed, KeyExport export)
    {
        var mlDsa = MlDsa65.ImportKey(seed[..MlDsaSeedSize]);
        var ed25519 = Ed25519.ImportKey(seed[MlDsaSeedSize..]);
        return new PrivateHalves(
            new PublicHalves(this, mlDsa.PublicKey, ed25519.PublicKey),
            seed,
            export,
            mlDsa,
            ed25519
        );
    }

    private protected override PublicKey? DecodePublicKey(ReadOnlySpan<byte> publicKey) =>
        MlDsa65.ImportPublicKey(publicKey[..MlDsaPublicKeySize]) is { } mlDsa
        && Ed25519.ImportPublicKey(publicKey[MlDsaPublicKeySize..]) is { } ed25519
            ? new PublicHalves(this, mlDsa, ed25519)
            : null;

    private protected override void SignCore(
        SigningKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        Span<byte> signature
    )
    {
        var halves = (PrivateHalves)key;
        var representative = ComputeMessageRepresentative(message, context);
        MlDsa65.Sign(halves.MlDsa, representative, Label, signature[..MlDsaSignatureSize]);
        Ed25519.Sign(halves.Ed25519, representative, default, signature[MlDsaSignatureSize..]);
    }

    private protected override bool VerifyCore(
        PublicKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> signature
    )
    {
        var halves = (PublicHalves)key;
        var representative = ComputeMessageRepresentative(message, context);
        return MlDsa65.Verify(halves.MlDsa, representative, signature[..MlDsaSignatureSize], Label)
            & Ed25519.Verify(halves.Ed25519, representative, signature[MlDsaSignatureSize..]);
    }

    private sealed class PublicHalves(SignatureAlgorithm algorithm, PublicKey mlDsa, PublicKey ed25519)
        : PublicKey(algorithm, [.. mlDsa.Encoded, .. ed25519.Encoded])
    {
        public PublicKey MlDsa { get; } = mlDsa;

        public PublicKey Ed25519 { get; } = ed25519;
    }

    private sealed class PrivateHalves(
        PublicHalves publicKey,
        ReadOnlySpan<byte> seed,
        KeyExport export,
        SigningKey mlDsa,
        SigningKey ed25519
    ) : SigningKey(publicKey, seed, export)
    {
        public SigningKey MlDsa { get; } = mlDsa;

        public SigningKey Ed25519 { get; } = ed25519;

        private protected override void Clear()
        {
            MlDsa.Dispose();
            Ed25519.Dispose();
        }
    }
}
