using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Statements.Sigstore;

// The messages of sigstore/protobuf-specs in their JSON form: members that are absent or null have their default, unknown ones
// are ignored. Nothing here is checked beyond its spelling.

internal sealed record BundleDocument(
    string? MediaType,
    MaterialDocument? VerificationMaterial,
    MessageDocument? MessageSignature,
    EnvelopeDocument? DsseEnvelope
);

internal sealed record MaterialDocument(
    KeyHintDocument? PublicKey,
    JsonElement? Certificate,
    JsonElement? X509CertificateChain,
    IReadOnlyList<EntryDocument?>? TlogEntries,
    TimestampsDocument? TimestampVerificationData
);

internal sealed record KeyHintDocument(string? Hint);

internal sealed record TimestampsDocument(IReadOnlyList<JsonElement>? Rfc3161Timestamps);

internal sealed record MessageDocument(DigestDocument? MessageDigest, byte[]? Signature);

internal sealed record DigestDocument(string? Algorithm, byte[]? Digest);

internal sealed record EnvelopeDocument(
    byte[]? Payload,
    string? PayloadType,
    IReadOnlyList<EnvelopeSignatureDocument?>? Signatures
);

internal sealed record EnvelopeSignatureDocument(byte[]? Sig, string? Keyid);

internal sealed record EntryDocument(
    long? LogIndex,
    LogIdDocument? LogId,
    KindVersionDocument? KindVersion,
    long? IntegratedTime,
    PromiseDocument? InclusionPromise,
    ProofDocument? InclusionProof,
    byte[]? CanonicalizedBody
);

internal sealed record LogIdDocument(byte[]? KeyId);

internal sealed record KindVersionDocument(string? Kind, string? Version);

internal sealed record PromiseDocument(byte[]? SignedEntryTimestamp);

internal sealed record ProofDocument(
    long? LogIndex,
    byte[]? RootHash,
    long? TreeSize,
    IReadOnlyList<byte[]?>? Hashes,
    NoteDocument? Checkpoint
);

internal sealed record NoteDocument(string? Envelope);

internal sealed record TrustedRootDocument(
    string? MediaType,
    IReadOnlyList<TrustedLogDocument?>? Tlogs,
    IReadOnlyList<JsonElement>? CertificateAuthorities,
    IReadOnlyList<JsonElement>? Ctlogs,
    IReadOnlyList<JsonElement>? TimestampAuthorities
);

internal sealed record TrustedLogDocument(
    string? BaseUrl,
    string? HashAlgorithm,
    TrustedKeyDocument? PublicKey,
    LogIdDocument? LogId,
    LogIdDocument? CheckpointKeyId
);

internal sealed record TrustedKeyDocument(byte[]? RawBytes, string? KeyDetails, ValidityDocument? ValidFor);

internal sealed record ValidityDocument(DateTimeOffset? Start, DateTimeOffset? End);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = 32,
    Converters = [typeof(StrictBase64), typeof(Int64Text), typeof(UtcTime)]
)]
[JsonSerializable(typeof(BundleDocument))]
[JsonSerializable(typeof(EntryDocument))]
[JsonSerializable(typeof(TrustedRootDocument))]
internal sealed partial class SigstoreJson : JsonSerializerContext;

/// <summary>Padded standard base64 and no other spelling of the bytes.</summary>
internal sealed class StrictBase64 : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && NoteText.DecodeBase64(reader.GetString()!) is { } bytes
            ? bytes
            : throw new JsonException("Bytes are padded standard base64.");

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Convert.ToBase64String(value));
}

/// <summary>A 64-bit integer as a string of decimal digits, as the JSON form of protobuf has it.</summary>
internal sealed class Int64Text : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && reader.GetString() is { } text
        && long.TryParse(text, out var number)
        && number.ToString() == text
            ? number
            : throw new JsonException("A 64-bit integer is a string of digits.");

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
