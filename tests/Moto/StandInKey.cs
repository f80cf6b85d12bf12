using System.Security.Cryptography;
using Lace.Cryptography;

namespace Lace.Moto;

/// <summary>A private key that signs what KMS would, and refuses what it would.</summary>
internal sealed class StandInKey
{
    private readonly SigningKey? key;
    private readonly ECDsa? ecdsa;

    private StandInKey(string spec, ECDsa ecdsa) =>
        (Spec, this.ecdsa, PublicKeyInfo) = (spec, ecdsa, ecdsa.ExportSubjectPublicKeyInfo());

    private StandInKey(string spec, string oid, SignatureAlgorithm algorithm)
    {
        Spec = spec;
        key = algorithm.ImportKey(RandomNumberGenerator.GetBytes(algorithm.SeedSize));
        PublicKeyInfo = new System.Security.Cryptography.X509Certificates.PublicKey(
            new Oid(oid),
            null,
            new AsnEncodedData(oid, key.PublicKey.Encoded.ToArray())
        ).ExportSubjectPublicKeyInfo();
    }

    public string Spec { get; }

    public byte[] PublicKeyInfo { get; }

    public bool IsDeleted { get; set; }

    /// <summary>Null for what moto is to make.</summary>
    public static StandInKey? Make(string spec) =>
        spec switch
        {
            "ECC_NIST_P256" => new StandInKey(spec, ECDsa.Create(ECCurve.NamedCurves.nistP256)),
            "ECC_NIST_EDWARDS25519" => new StandInKey(spec, "1.3.101.112", SignatureAlgorithm.Ed25519),
            "ML_DSA_44" => new StandInKey(spec, "2.16.840.1.101.3.4.3.17", SignatureAlgorithm.MlDsa44),
            "ML_DSA_65" => new StandInKey(spec, "2.16.840.1.101.3.4.3.18", SignatureAlgorithm.MlDsa65),
            _ => null,
        };

    /// <summary>Null where KMS takes no such message, type and algorithm with this key.</summary>
    public byte[]? Sign(byte[] message, string? algorithm, string? type)
    {
        if (ecdsa is not null)
        {
            return (algorithm, type, message.Length) is ("ECDSA_SHA_256", "DIGEST", 32) ? SignHash(message) : null;
        }

        return (key!.Algorithm, algorithm, type) switch
        {
            (Ed25519 ed25519, "ED25519_SHA_512", "RAW") when message.Length is > 0 and <= 4096 => ed25519.Sign(
                key,
                message
            ),
            (MlDsa mlDsa, "ML_DSA_SHAKE_256", "EXTERNAL_MU") when message.Length == MlDsa.MuSize => SignMu(
                mlDsa,
                message
            ),
            _ => null,
        };
    }

    private byte[] SignHash(byte[] digest)
    {
        lock (ecdsa!) // the platform does not promise that its instances may be shared
        {
            return ecdsa.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    private byte[] SignMu(MlDsa algorithm, byte[] mu)
    {
        var signature = new byte[algorithm.SignatureSize];
        algorithm.SignMu(key!, mu, signature);
        return signature;
    }
}
