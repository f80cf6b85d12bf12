using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lace.Platform.Aws;

/// <summary>The public keys of KMS, which are SubjectPublicKeyInfo in DER, as <see cref="SigningAlgorithm"/> says.</summary>
internal static class KmsPublicKey
{
    private const string Ed25519 = "1.3.101.112";
    private const string MlDsa44 = "2.16.840.1.101.3.4.3.17";
    private const string MlDsa65 = "2.16.840.1.101.3.4.3.18";

    /// <exception cref="StorageException">It is no key of the algorithm.</exception>
    public static byte[] Read(SigningAlgorithm algorithm, byte[] info)
    {
        try
        {
            return algorithm == SigningAlgorithm.EcdsaP256 ? ReadEcdsa(info) : ReadRaw(algorithm, info);
        }
        catch (CryptographicException e)
        {
            throw new StorageException("KMS gave a public key that cannot be read.", e);
        }
    }

    /// <summary>Encoded anew, so that equal keys have equal bytes and so one key id.</summary>
    private static byte[] ReadEcdsa(byte[] info)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(info, out var read);
        return read == info.Length ? key.ExportSubjectPublicKeyInfo() : throw NotOf(SigningAlgorithm.EcdsaP256);
    }

    private static byte[] ReadRaw(SigningAlgorithm algorithm, byte[] info)
    {
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(info, out var read);
        var (oid, bytes) = (key.Oid.Value, key.EncodedKeyValue.RawData);
        var isExpected = algorithm switch
        {
            SigningAlgorithm.Ed25519 => (oid, bytes.Length) is (Ed25519, 32),
            SigningAlgorithm.MlDsa44 => (oid, bytes.Length) is (MlDsa44, 1312),
            _ => (oid, bytes.Length) is (MlDsa65, 1952) or (Ed25519, 32),
        };
        return isExpected && read == info.Length ? bytes : throw NotOf(algorithm);
    }

    private static StorageException NotOf(SigningAlgorithm algorithm) =>
        new($"KMS gave a public key that is none of {algorithm}.");
}
