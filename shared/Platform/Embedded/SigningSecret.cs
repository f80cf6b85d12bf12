using System.Security.Cryptography;
using Lace.Cryptography;

namespace Lace.Platform.Embedded;

/// <summary>A private key ready to sign, zeroed on dispose; several threads may sign with it.</summary>
internal sealed class SigningSecret : IDisposable
{
    private const int ScalarBytes = 32;

    private readonly ECDsa? ecdsa;
    private readonly SigningKey? key;

    private SigningSecret(ECDsa? ecdsa, SigningKey? key) => (this.ecdsa, this.key) = (ecdsa, key);

    public byte[] PublicKey => ecdsa?.ExportSubjectPublicKeyInfo() ?? key!.PublicKey.Encoded.ToArray();

    /// <summary>Fresh bytes of which <see cref="Import"/> makes a key; the caller zeroes them.</summary>
    public static byte[] GenerateSeed(SigningAlgorithm algorithm)
    {
        if (algorithm != SigningAlgorithm.EcdsaP256)
        {
            return RandomNumberGenerator.GetBytes(Of(algorithm).SeedSize);
        }

        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return fresh.ExportParameters(includePrivateParameters: true).D!;
    }

    /// <param name="seed">The private scalar for ECDSA, else the seed of the standard.</param>
    public static SigningSecret Import(SigningAlgorithm algorithm, byte[] seed) =>
        algorithm == SigningAlgorithm.EcdsaP256
            ? new(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = seed }), null)
            : new(null, Of(algorithm).ImportKey(seed));

    public static int SeedBytes(SigningAlgorithm algorithm) =>
        algorithm == SigningAlgorithm.EcdsaP256 ? ScalarBytes : Of(algorithm).SeedSize;

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        if (key is not null)
        {
            return key.Algorithm.Sign(key, message);
        }

        lock (ecdsa!) // the platform does not promise that its instances may be shared
        {
            return ecdsa.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public void Dispose()
    {
        ecdsa?.Dispose();
        key?.Dispose();
    }

    private static SignatureAlgorithm Of(SigningAlgorithm algorithm) =>
        algorithm switch
        {
            SigningAlgorithm.Ed25519 => SignatureAlgorithm.Ed25519,
            SigningAlgorithm.MlDsa44 => SignatureAlgorithm.MlDsa44,
            SigningAlgorithm.MlDsa65Ed25519 => SignatureAlgorithm.MlDsa65Ed25519,
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm."),
        };
}
