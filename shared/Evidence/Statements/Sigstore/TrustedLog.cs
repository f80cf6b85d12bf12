using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>A transparency log that a verifier trusts, and when.</summary>
public sealed class TrustedLog
{
    private const string Ed25519Details = "PKIX_ED25519";
    private const string EcdsaDetails = "PKIX_ECDSA_P256_SHA_256";
    private const string Scheme = "https://";

    private readonly byte[] logId;
    private readonly byte[] checkpointKeyId;

    private TrustedLog(
        VerifierKey key,
        byte[] logId,
        byte[] checkpointKeyId,
        DateTimeOffset validFrom,
        DateTimeOffset? validUntil
    )
    {
        Key = key;
        this.logId = logId;
        this.checkpointKeyId = checkpointKeyId;
        ValidFrom = validFrom;
        ValidUntil = validUntil;
        PromiseKey = key.Type == NoteSignatureType.Ecdsa ? EcdsaPublicKey.TryImport(key.PublicKey.Span) : null;
    }

    /// <summary>What signs the log's checkpoints; its name is the log's URL without the scheme.</summary>
    public VerifierKey Key { get; }

    /// <summary>What signs the entry timestamps of Rekor v1; null for a log that has none.</summary>
    public EcdsaPublicKey? PromiseKey { get; }

    public DateTimeOffset ValidFrom { get; }

    /// <summary>The last moment of validity; null where it has no end.</summary>
    public DateTimeOffset? ValidUntil { get; }

    private static ReadOnlySpan<byte> Ed25519Prefix =>
        [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>A log of ours.</summary>
    /// <param name="key">Its Ed25519 key; the name is the origin.</param>
    /// <exception cref="ArgumentException">Another kind of key.</exception>
    public static TrustedLog Of(VerifierKey key, DateTimeOffset validFrom, DateTimeOffset? validUntil = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        var id = key.Digest.ToArray();
        return key.Type == NoteSignatureType.Ed25519
            ? new TrustedLog(key, id, id, validFrom, validUntil)
            : throw new ArgumentException("A trusted root names a log by its Ed25519 key.", nameof(key));
    }

    /// <summary>Both ends included.</summary>
    public bool IsValidAt(DateTimeOffset time) => ValidFrom <= time && (ValidUntil is not { } end || time <= end);

    /// <summary>Whether an entry's log id is this log's.</summary>
    public bool HasId(ReadOnlySpan<byte> id) => id.SequenceEqual(logId) || id.SequenceEqual(checkpointKeyId);

    internal static TrustedLog? Of(TrustedLogDocument? document) =>
        document
            is {
                BaseUrl: { } url,
                HashAlgorithm: "SHA2_256",
                PublicKey: { RawBytes: { } bytes, KeyDetails: { } details, ValidFor: { Start: { } start } validity },
                LogId.KeyId: { Length: > 0 } id
            }
        && ReadKey(url, details, bytes) is { } key
            ? new TrustedLog(key, id, document.CheckpointKeyId?.KeyId ?? id, start, validity.End)
            : null;

    internal TrustedLogDocument ToDocument() =>
        new(
            Scheme + Key.Name,
            "SHA2_256",
            Key.Type == NoteSignatureType.Ed25519
                ? new TrustedKeyDocument([.. Ed25519Prefix, .. Key.PublicKey.Span], Ed25519Details, Validity())
                : new TrustedKeyDocument(Key.PublicKey.ToArray(), EcdsaDetails, Validity()),
            new LogIdDocument(logId),
            checkpointKeyId.AsSpan().SequenceEqual(logId) ? null : new LogIdDocument(checkpointKeyId)
        );

    private ValidityDocument Validity() => new(ValidFrom, ValidUntil);

    private static VerifierKey? ReadKey(string url, string details, ReadOnlySpan<byte> spki)
    {
        var name = url.StartsWith(Scheme, StringComparison.Ordinal) ? url[Scheme.Length..].TrimEnd('/') : "";
        return details switch
        {
            Ed25519Details when spki.StartsWith(Ed25519Prefix) => VerifierKey.Create(
                name,
                NoteSignatureType.Ed25519,
                spki[Ed25519Prefix.Length..]
            ),
            EcdsaDetails when EcdsaPublicKey.TryImport(spki) is { Curve: EcdsaCurve.P256 } => VerifierKey.Create(
                name,
                NoteSignatureType.Ecdsa,
                spki
            ),
            _ => null,
        };
    }
}
