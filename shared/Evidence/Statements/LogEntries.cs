using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>The two leaf bodies of a statement in the transparency log (docs/formats/statements.md), each in JCS form.</summary>
/// <remarks>All members are ASCII and stand in canonical order; a test holds them against JCS.</remarks>
public static class LogEntries
{
    /// <summary>The body of a Rekor v2 entry, <c>hashedrekord</c> 0.0.2, under an ECDSA P-256 key.</summary>
    /// <param name="digest">SHA-256 of what was signed: of the PAE for a statement.</param>
    /// <param name="signature">DER.</param>
    /// <param name="publicKey">SPKI DER.</param>
    public static byte[] HashedRekord(MerkleHash digest, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) =>
        Encoding.ASCII.GetBytes(
            $$$$$$$"""{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"{{{{{{{Convert.ToBase64String(digest.ToArray())}}}}}}}"},"signature":{"content":"{{{{{{{Convert.ToBase64String(signature)}}}}}}}","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"{{{{{{{Convert.ToBase64String(publicKey)}}}}}}}"}}}}}}"""
        );

    /// <summary>The body for the composite signature, <c>lace-hybrid</c> 0.0.1: it names the signature by its digest.</summary>
    /// <param name="digest">SHA-256 of the PAE.</param>
    public static byte[] LaceHybrid(MerkleHash digest, string keyId, ReadOnlySpan<byte> signature) =>
        Encoding.ASCII.GetBytes(
            $$$"""{"apiVersion":"0.0.1","kind":"lace-hybrid","spec":{"digest":"{{{digest}}}","key_id":"{{{keyId}}}","signature_sha256":"{{{Convert.ToHexStringLower(SHA256.HashData(signature))}}}"}}"""
        );
}
