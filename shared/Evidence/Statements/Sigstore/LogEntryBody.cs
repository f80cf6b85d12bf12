using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>What was signed, with what and by whom: what the body of a log entry has to say.</summary>
/// <param name="Digest">SHA-256 of the artifact, or of the PAE of an envelope.</param>
/// <param name="PayloadDigest">SHA-256 of the payload of an envelope; null for an artifact.</param>
public sealed record SignedContent(
    MerkleHash Digest,
    MerkleHash? PayloadDigest,
    ReadOnlyMemory<byte> Signature,
    EcdsaPublicKey Key
);

/// <summary>Compares the body of an entry with what a bundle holds.</summary>
/// <remarks>hashedrekord 0.0.2 of Rekor v2; hashedrekord 0.0.1 and dsse 0.0.1 of Rekor v1. Other kinds are refused.</remarks>
internal static class LogEntryBody
{
    public const string HashedRekord = "hashedrekord";
    public const string RekorV2 = "0.0.2";
    private const string RekorV1 = "0.0.1";

    public static IEnumerable<SigstoreRefusal> Check(LogEntry entry, SignedContent signed)
    {
        return JsonMembers.Parse(entry.Body) is not { } root ? [SigstoreRefusal.Body]
            : root.MemberText("kind") != entry.Kind || root.MemberText("apiVersion") != entry.Version
                ? [SigstoreRefusal.EntryKind]
            : root.Member("spec") is not { } spec ? [SigstoreRefusal.Body]
            : Check(entry, spec, signed);
    }

    private static IEnumerable<SigstoreRefusal> Check(LogEntry entry, JsonElement spec, SignedContent signed) =>
        (entry.Kind, entry.Version) switch
        {
            (HashedRekord, RekorV2) => CheckHashedRekordV2(spec, signed),
            (HashedRekord, RekorV1) => CheckHashedRekordV1(spec, signed),
            ("dsse", RekorV1) => CheckDsse(spec, signed),
            _ => [SigstoreRefusal.EntryKind],
        };

    private static IEnumerable<SigstoreRefusal> CheckHashedRekordV2(JsonElement spec, SignedContent signed)
    {
        var entry = spec.Member("hashedRekordV002");
        var data = entry?.Member("data");
        var signature = entry?.Member("signature");
        var verifier = signature?.Member("verifier");
        if (data?.MemberText("algorithm") != "SHA2_256" || !Is(data?.MemberText("digest"), signed.Digest.ToArray()))
        {
            yield return SigstoreRefusal.BodyDigest;
        }

        if (!Is(signature?.MemberText("content"), signed.Signature.Span))
        {
            yield return SigstoreRefusal.BodySignature;
        }

        if (
            verifier?.MemberText("keyDetails") != "PKIX_ECDSA_P256_SHA_256"
            || !Is(verifier?.Member("publicKey")?.MemberText("rawBytes"), signed.Key.SubjectPublicKeyInfo.Span)
        )
        {
            yield return SigstoreRefusal.BodyKey;
        }
    }

    private static IEnumerable<SigstoreRefusal> CheckHashedRekordV1(JsonElement spec, SignedContent signed)
    {
        var signature = spec.Member("signature");
        if (!IsSha256(spec.Member("data")?.Member("hash"), signed.Digest))
        {
            yield return SigstoreRefusal.BodyDigest;
        }

        if (!Is(signature?.MemberText("content"), signed.Signature.Span))
        {
            yield return SigstoreRefusal.BodySignature;
        }

        if (!IsPemOf(signed.Key, signature?.Member("publicKey")?.MemberText("content")))
        {
            yield return SigstoreRefusal.BodyKey;
        }
    }

    // The hash of the envelope's own bytes is in the body too, but not even the signer's bundle keeps those.
    private static IEnumerable<SigstoreRefusal> CheckDsse(JsonElement spec, SignedContent signed)
    {
        if (signed.PayloadDigest is not { } payload || !IsSha256(spec.Member("payloadHash"), payload))
        {
            yield return SigstoreRefusal.BodyDigest;
        }

        JsonElement? signature = spec.List("signatures").ToList() is [var only] ? only : null;
        if (!Is(signature?.MemberText("signature"), signed.Signature.Span))
        {
            yield return SigstoreRefusal.BodySignature;
        }

        if (!IsPemOf(signed.Key, signature?.MemberText("verifier")))
        {
            yield return SigstoreRefusal.BodyKey;
        }
    }

    private static bool Is(string? base64, ReadOnlySpan<byte> expected) =>
        base64 is not null && NoteText.DecodeBase64(base64) is { } bytes && expected.SequenceEqual(bytes);

    private static bool IsSha256(JsonElement? hash, in MerkleHash expected) =>
        hash?.MemberText("algorithm") == "sha256" && hash?.MemberText("value") == expected.ToString();

    private static bool IsPemOf(EcdsaPublicKey key, string? base64)
    {
        if (base64 is null || NoteText.DecodeBase64(base64) is not { } bytes)
        {
            return false;
        }

        var pem = Encoding.UTF8.GetString(bytes);
        return PemEncoding.TryFind(pem, out var fields)
            && pem[fields.Label] == "PUBLIC KEY"
            && Convert.FromBase64String(pem[fields.Base64Data]).AsSpan().SequenceEqual(key.SubjectPublicKeyInfo.Span);
    }
}
