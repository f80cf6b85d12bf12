using System.Security.Cryptography;
using Lace.Cryptography;

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
            NoteSignatureType.Ecdsa => EcdsaVerifier.Create(publicKey),
            _ => null,
        };

    private static OwnVerifier? Own(SignatureAlgorithm algorithm, ReadOnlySpan<byte> publicKey) =>
        algorithm.ImportPublicKey(publicKey) is { } key ? new OwnVerifier(key) : null;

    private sealed class OwnVerifier(PublicKey key) : NoteVerifier
    {
        public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            key.Algorithm.Verify(key, message, signature);
    }

    // The handle is left to the finalizer: keys live as long as the policy that holds them.
    private sealed class EcdsaVerifier(ECDsa key) : NoteVerifier
    {
        private const int MaxSpkiBytes = 512;

        // NIST P-256, P-384 and P-521: what C2SP signed-note allows under type 0x02.
        private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

        public static EcdsaVerifier? Create(ReadOnlySpan<byte> spki)
        {
            if (spki.Length > MaxSpkiBytes)
            {
                return null;
            }

            var key = ECDsa.Create();
            try
            {
                key.ImportSubjectPublicKeyInfo(spki, out var read);
                var curve = key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value;
                return read == spki.Length && Curves.Contains(curve) ? new EcdsaVerifier(key) : null;
            }
            catch (Exception refused) when (refused is CryptographicException or PlatformNotSupportedException)
            {
                return null;
            }
        }

        // One native key must not verify on two threads at once.
        public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            lock (key)
            {
                return key.VerifyData(
                    message,
                    signature,
                    HashAlgorithmName.SHA256,
                    DSASignatureFormat.Rfc3279DerSequence
                );
            }
        }
    }
}
