using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Evidence.Statements;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>A decoded public key and its algorithm: the part of a <see cref="VerifierKey"/> that differs between types.</summary>
internal abstract class NoteVerifier
{
    public abstract bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>Null if the type is not one of ours or the bytes are no key of it.</summary>
    public static NoteVerifier? Create(NoteSignatureType type, ReadOnlySpan<byte> publicKey) =>
        type switch
        {
            NoteSignatureType.Ed25519 or NoteSignatureType.Ed25519Cosignature => Own(
                SignatureAlgorithm.Ed25519,
                publicKey
            ),
            NoteSignatureType.MlDsa44Cosignature => Own(SignatureAlgorithm.MlDsa44, publicKey),
            NoteSignatureType.Ecdsa => EcdsaPublicKey.TryImport(publicKey) is { } key ? new EcdsaVerifier(key) : null,
            _ => null,
        };

    private static OwnVerifier? Own(SignatureAlgorithm algorithm, ReadOnlySpan<byte> publicKey) =>
        algorithm.ImportPublicKey(publicKey) is { } key ? new OwnVerifier(key) : null;

    private sealed class OwnVerifier(PublicKey key) : NoteVerifier
    {
        public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            key.Algorithm.Verify(key, message, signature);
    }

    // The hash is SHA-256 on every curve: that is the type's, not the key's.
    private sealed class EcdsaVerifier(EcdsaPublicKey key) : NoteVerifier
    {
        public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            key.VerifyHash(SHA256.HashData(message), signature);
    }
}
