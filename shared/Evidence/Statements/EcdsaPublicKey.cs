using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Lace.Evidence.Statements;

/// <summary>An ECDSA public key on a NIST curve, used with the hash of its size. Immutable and safe to share between threads.</summary>
/// <remarks>
/// The arithmetic is the BCL's. Encodings are strict: SPKI with a named curve and an uncompressed point and nothing else, and
/// signatures in DER with minimal integers, so that no other bytes pass for the same key or signature.
/// </remarks>
public sealed class EcdsaPublicKey
{
    private readonly byte[] spki;

    private EcdsaPublicKey(EcdsaCurve curve, byte[] spki)
    {
        Curve = curve;
        this.spki = spki;
    }

    public EcdsaCurve Curve { get; }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => spki;

    /// <summary>SHA-256, SHA-384 or SHA-512, as the curve.</summary>
    public HashAlgorithmName Hash =>
        Curve switch
        {
            EcdsaCurve.P256 => HashAlgorithmName.SHA256,
            EcdsaCurve.P384 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };

    /// <summary>The key in an SPKI, or null if it is no point of one of the three curves in the one encoding that is taken.</summary>
    public static EcdsaPublicKey? TryImport(ReadOnlySpan<byte> spki)
    {
        foreach (var curve in Enum.GetValues<EcdsaCurve>())
        {
            var prefix = Prefix(curve);
            if (spki.Length == prefix.Length + (2 * FieldSize(curve)) && spki.StartsWith(prefix))
            {
                var key = new EcdsaPublicKey(curve, spki.ToArray());
                return key.IsOnCurve() ? key : null;
            }
        }

        return null;
    }

    /// <summary>Whether the DER signature is one of this key over the message.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        VerifyHash(CryptographicOperations.HashData(Hash, message), signature);

    /// <summary>Whether the DER signature is one of this key over a message of that hash.</summary>
    public bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var size = FieldSize(Curve);
        Span<byte> fixedSize = stackalloc byte[2 * size];
        if (!TryReadDer(signature, fixedSize[..size], fixedSize[size..]))
        {
            return false;
        }

        using var key = Import();
        return key.VerifyHash(hash, fixedSize, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private bool IsOnCurve()
    {
        try
        {
            using var key = Import();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private ECDsa Import()
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static bool TryReadDer(ReadOnlySpan<byte> signature, Span<byte> r, Span<byte> s)
    {
        try
        {
            var reader = new AsnReader(signature.ToArray(), AsnEncodingRules.DER);
            var pair = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var taken = TryReadPositive(pair, r) && TryReadPositive(pair, s);
            pair.ThrowIfNotEmpty();
            return taken;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool TryReadPositive(AsnReader reader, Span<byte> destination)
    {
        var bytes = reader.ReadIntegerBytes().Span;
        if (bytes[0] >= 0x80)
        {
            return false;
        }

        bytes = bytes.TrimStart((byte)0);
        if (bytes.Length > destination.Length)
        {
            return false;
        }

        destination.Clear();
        bytes.CopyTo(destination[^bytes.Length..]);
        return true;
    }

    private static int FieldSize(EcdsaCurve curve) =>
        curve switch
        {
            EcdsaCurve.P256 => 32,
            EcdsaCurve.P384 => 48,
            _ => 66,
        };

    // All that stands before x || y: two sequences, id-ecPublicKey and the curve (RFC 5480), a bit string, an uncompressed point.
    private static byte[] Prefix(EcdsaCurve curve) =>
        Convert.FromHexString(
            curve switch
            {
                EcdsaCurve.P256 => "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
                EcdsaCurve.P384 => "3076301006072a8648ce3d020106052b8104002203620004",
                _ => "30819b301006072a8648ce3d020106052b8104002303818600" + "04",
            }
        );
}

/// <summary>Curves of FIPS 186-5.</summary>
public enum EcdsaCurve
{
    P256,
    P384,
    P521,
}
