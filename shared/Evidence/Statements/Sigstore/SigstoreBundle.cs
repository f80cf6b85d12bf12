using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>A Sigstore bundle as read: its form is checked, nothing that it says is (sigstore/protobuf-specs, bundle v0.1 to v0.3).</summary>
/// <param name="KeyHint">What the signer calls its key, perhaps empty; null where a certificate names the signer. Never trusted.</param>
/// <param name="LogEntries">At most <see cref="MaxLogEntries"/>.</param>
/// <param name="Message">A signature over an artifact; null where there is an <paramref name="Envelope"/>.</param>
/// <param name="Envelope">A signed statement; null where there is a <paramref name="Message"/>.</param>
/// <param name="HasTimestamps">Whether RFC 3161 timestamps come with it; they are not read.</param>
public sealed record SigstoreBundle(
    string? KeyHint,
    IReadOnlyList<LogEntry> LogEntries,
    MessageSignature? Message,
    DsseEnvelope? Envelope,
    bool HasTimestamps = false
)
{
    /// <summary>Most bytes of a bundle: room for the manifest of a model with very many files.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Most entries of a bundle.</summary>
    public const int MaxLogEntries = 16;

    /// <summary>What is written.</summary>
    public const string MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private static readonly string[] MediaTypes =
    [
        MediaType,
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
    ];

    /// <summary>The bundle of a statement's P-256 signature.</summary>
    public static SigstoreBundle Of(SignedStatement statement, params IReadOnlyList<LogEntry> logEntries)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return new SigstoreBundle(
            statement.P256.KeyId,
            logEntries,
            Message: null,
            new DsseEnvelope(Dsse.InTotoPayloadType, statement.Payload, statement.P256.KeyId, statement.P256.Signature)
        );
    }

    /// <summary>Reads a bundle; null and the reason where the bytes are not one.</summary>
    public static SigstoreBundle? TryParse(ReadOnlySpan<byte> json, out SigstoreRefusal reason)
    {
        reason = json.Length > MaxBytes ? SigstoreRefusal.TooLarge : SigstoreRefusal.Malformed;
        if (json.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(json, SigstoreJson.Default.BundleDocument) is { } document
                ? Read(document, out reason)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The bundle as v0.3, in JCS form.</summary>
    /// <exception cref="InvalidOperationException">A certificate names the signer: what was not read is not written.</exception>
    public byte[] ToJson()
    {
        if (KeyHint is null || HasTimestamps)
        {
            throw new InvalidOperationException("Certificates and timestamps were not read and cannot be written.");
        }

        var document = new BundleDocument(
            MediaType,
            new MaterialDocument(
                new KeyHintDocument(KeyHint),
                Certificate: null,
                X509CertificateChain: null,
                [.. LogEntries.Select(entry => entry.ToDocument())],
                TimestampVerificationData: null
            ),
            Message?.ToDocument(),
            Envelope?.ToDocument()
        );
        return CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(document, SigstoreJson.Default.BundleDocument)
        );
    }

    private static SigstoreBundle? Read(BundleDocument document, out SigstoreRefusal reason)
    {
        reason = SigstoreRefusal.MediaType;
        if (!MediaTypes.Contains(document.MediaType))
        {
            return null;
        }

        reason = SigstoreRefusal.Malformed;
        if (
            document.VerificationMaterial is not { } material
            || material.TlogEntries is { Count: > MaxLogEntries }
            || Signers(material) != 1
        )
        {
            return null;
        }

        var entries = (material.TlogEntries ?? []).Select(LogEntry.Of).OfType<LogEntry>().ToList();
        if (entries.Count != (material.TlogEntries?.Count ?? 0))
        {
            return null;
        }

        if (document.MessageSignature is null == document.DsseEnvelope is null)
        {
            reason = SigstoreRefusal.Content;
            return null;
        }

        var message = MessageSignature.Of(document.MessageSignature);
        var envelope = document.DsseEnvelope is null ? null : DsseEnvelope.Of(document.DsseEnvelope, out reason);
        if (message is null && envelope is null)
        {
            return null;
        }

        reason = SigstoreRefusal.None;
        return new SigstoreBundle(
            material.PublicKey is { } key ? key.Hint ?? "" : null,
            entries,
            message,
            envelope,
            material.TimestampVerificationData?.Rfc3161Timestamps is { Count: > 0 }
        );
    }

    private static int Signers(MaterialDocument material) =>
        (material.PublicKey is null ? 0 : 1)
        + (material.Certificate is null ? 0 : 1)
        + (material.X509CertificateChain is null ? 0 : 1);
}

/// <summary>A signature over an artifact that is not in the bundle.</summary>
/// <param name="Digest">SHA-256 of the artifact as the bundle states it; null where it does not.</param>
/// <param name="Signature">DER.</param>
public sealed record MessageSignature(MerkleHash? Digest, ReadOnlyMemory<byte> Signature)
{
    private const string Sha256 = "SHA2_256";

    internal static MessageSignature? Of(MessageDocument? document) =>
        document switch
        {
            { Signature: { Length: > 0 } signature, MessageDigest: null } => new(null, signature),
            {
                Signature: { Length: > 0 } signature,
                MessageDigest: { Algorithm: Sha256, Digest: { Length: MerkleHash.Size } digest }
            } => new(new MerkleHash(digest), signature),
            _ => null,
        };

    internal MessageDocument ToDocument() =>
        new(Digest is { } digest ? new DigestDocument(Sha256, digest.ToArray()) : null, Signature.ToArray());
}

/// <summary>A payload with the one signature over its PAE.</summary>
/// <param name="KeyId">Perhaps empty; never trusted.</param>
public sealed record DsseEnvelope(
    string PayloadType,
    ReadOnlyMemory<byte> Payload,
    string KeyId,
    ReadOnlyMemory<byte> Signature
)
{
    /// <summary>What is signed.</summary>
    public byte[] Pae() => Dsse.Pae(PayloadType, Payload.Span);

    internal static DsseEnvelope? Of(EnvelopeDocument document, out SigstoreRefusal reason)
    {
        reason = SigstoreRefusal.SignatureCount;
        if (document.Signatures is not [{ } signature])
        {
            return null;
        }

        reason = SigstoreRefusal.Malformed;
        return document is { PayloadType: { } type, Payload: { } payload } && signature.Sig is { Length: > 0 } bytes
            ? new DsseEnvelope(type, payload, signature.Keyid ?? "", bytes)
            : null;
    }

    internal EnvelopeDocument ToDocument() =>
        new(
            Payload.ToArray(),
            PayloadType,
            [new EnvelopeSignatureDocument(Signature.ToArray(), KeyId.Length == 0 ? null : KeyId)]
        );
}
