using System.Security.Cryptography;
using Lace.Cryptography.Curve25519;

namespace Lace.Cryptography;

//  Ed25519
//
//  References   RFC 8032, sections 5.1 and 8.9 (PureEdDSA); FIPS 186-5, section 7
//  Sizes        seed 32, public key 32, signature 64 bytes; no context; messages of any length
//  Security     128 bits against classical attackers, none against a quantum computer
//
//  Verification is the strict, cofactorless one: R = [S]B - [k]A, compared as bytes. Refused besides: S of L or more
//  (a second signature for the same message), an A or R that is not canonically encoded, and an A or R of small order
//  (a signature under such a key fits almost any message). A key with a small-order component besides its large one is
//  admitted, where the equation holds exactly. This is the rule of ed25519-dalek's verify_strict; what OpenSSL signs
//  it accepts, and whatever it accepts OpenSSL, Go and libsodium accept too.
//
//  Constant time where a secret flows: BasePoint.Multiply (masked table reads), Scalar (masks), FieldElement (no
//  branches), SHA-512 of the platform. Verification is variable time: all of its input is public.
//  Seed, scalar and nonce are zeroed; copies of points that the compiler leaves on the stack are not: .NET has no means.
//  Deterministic: no randomness is needed to sign. The public key hashed into a signature is always the key's own.

/// <summary>Ed25519 signatures by RFC 8032, verified strictly.</summary>
public sealed class Ed25519 : SignatureAlgorithm
{
    private const int HashSize = 64;

    internal Ed25519()
        : base("Ed25519", seedSize: 32, publicKeySize: 32, signatureSize: 64, maxContextSize: 0) { }

    private protected override SigningKey DeriveKey(ReadOnlySpan<byte> seed, KeyExport export)
    {
        var expanded = new Secret<byte>(HashSize);
        SHA512.HashData(seed, expanded.Span);
        expanded.Span[0] &= 0xF8;
        expanded.Span[31] &= 0x7F;
        expanded.Span[31] |= 0x40;

        Span<byte> encoded = stackalloc byte[EdwardsPoint.Size];
        var point = BasePoint.Multiply(expanded.Span[..32]);
        point.Write(encoded);
        return new PrivateHalf(new PublicHalf(this, encoded, -point), seed, export, expanded);
    }

    private protected override PublicKey? DecodePublicKey(ReadOnlySpan<byte> publicKey) =>
        EdwardsPoint.TryRead(publicKey, out var point) && !point.HasSmallOrder()
            ? new PublicHalf(this, publicKey, -point)
            : null;

    private protected override void SignCore(
        SigningKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        Span<byte> signature
    )
    {
        var expanded = ((PrivateHalf)key).Expanded.Span;
        Span<byte> nonce = stackalloc byte[Scalar.Size];
        Span<byte> challenge = stackalloc byte[Scalar.Size];

        // The message is read before the signature is written: the two may share memory.
        HashToScalar(expanded[32..], message, default, nonce);
        Span<byte> r = stackalloc byte[EdwardsPoint.Size];
        BasePoint.Multiply(nonce).Write(r);
        HashToScalar(r, key.PublicKey.Encoded, message, challenge);
        r.CopyTo(signature);
        Scalar.MultiplyAdd(challenge, expanded[..32], nonce, signature[32..]);
        CryptographicOperations.ZeroMemory(nonce);
    }

    private protected override bool VerifyCore(
        PublicKey key,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> signature
    )
    {
        var r = signature[..32];
        var s = signature[32..];
        if (!Scalar.IsCanonical(s))
        {
            return false;
        }

        Span<byte> challenge = stackalloc byte[Scalar.Size];
        HashToScalar(r, key.Encoded, message, challenge);
        var expected = PublicMultiplication.MultiplyAdd(challenge, ((PublicHalf)key).MinusPoint, s);
        Span<byte> encoded = stackalloc byte[EdwardsPoint.Size];
        expected.Write(encoded);
        return encoded.SequenceEqual(r) && !expected.HasSmallOrder();
    }

    private static void HashToScalar(
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third,
        Span<byte> scalar
    )
    {
        Span<byte> digest = stackalloc byte[HashSize];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.AppendData(third);
        hash.GetHashAndReset(digest);
        Scalar.Reduce(digest, scalar);
        CryptographicOperations.ZeroMemory(digest);
    }

    private sealed class PublicHalf(Ed25519 algorithm, ReadOnlySpan<byte> encoded, EdwardsPoint minusPoint)
        : PublicKey(algorithm, encoded)
    {
        public EdwardsPoint MinusPoint { get; } = minusPoint;
    }

    // The scalar, clamped, then the prefix of the nonce: 32 bytes each.
    private sealed class PrivateHalf(
        PublicHalf publicKey,
        ReadOnlySpan<byte> seed,
        KeyExport export,
        Secret<byte> expanded
    ) : SigningKey(publicKey, seed, export)
    {
        public Secret<byte> Expanded { get; } = expanded;

        private protected override void Clear() => Expanded.Dispose();
    }
}
