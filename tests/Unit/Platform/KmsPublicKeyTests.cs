using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Platform;
using Lace.Platform.Aws;

namespace Lace.Tests.Platform;

public sealed class KmsPublicKeyTests
{
    private const string Ed25519Oid = "1.3.101.112";
    private const string MlDsa44Oid = "2.16.840.1.101.3.4.3.17";

    private static readonly byte[] Ed25519Key = SignatureAlgorithm
        .Ed25519.ImportKey(new byte[32])
        .PublicKey.Encoded.ToArray();

    [Fact]
    public void Reads_the_bytes_of_the_algorithm()
    {
        Assert.Equal(Ed25519Key, KmsPublicKey.Read(SigningAlgorithm.Ed25519, Info(Ed25519Oid, Ed25519Key)));
        // RFC 8410: the one encoding of an Ed25519 key.
        Assert.Equal(
            "302A300506032B6570032100" + Convert.ToHexString(Ed25519Key),
            Convert.ToHexString(Info(Ed25519Oid, Ed25519Key))
        );
    }

    [Fact]
    public void An_ecdsa_key_has_one_encoding()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var info = ecdsa.ExportSubjectPublicKeyInfo();
        Assert.Equal(info, KmsPublicKey.Read(SigningAlgorithm.EcdsaP256, info));
    }

    [Fact]
    public void Refuses_keys_of_another_algorithm_another_length_and_with_more_behind()
    {
        byte[][] wrong =
        [
            Info(MlDsa44Oid, Ed25519Key),
            Info(Ed25519Oid, Ed25519Key[1..]),
            [.. Info(Ed25519Oid, Ed25519Key), 0],
            Info(Ed25519Oid, Ed25519Key)[..^1],
            [],
        ];
        Assert.All(
            wrong,
            info => Assert.Throws<StorageException>(() => KmsPublicKey.Read(SigningAlgorithm.Ed25519, info))
        );
        Assert.Throws<StorageException>(() =>
            KmsPublicKey.Read(SigningAlgorithm.MlDsa44, Info(Ed25519Oid, Ed25519Key))
        );
        Assert.Throws<StorageException>(() =>
            KmsPublicKey.Read(SigningAlgorithm.EcdsaP256, Info(Ed25519Oid, Ed25519Key))
        );
    }

    private static byte[] Info(string oid, byte[] key) =>
        new System.Security.Cryptography.X509Certificates.PublicKey(
            new Oid(oid),
            null,
            new AsnEncodedData(oid, key)
        ).ExportSubjectPublicKeyInfo();
}
