using System.Text.Json.Serialization;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>Why a Sigstore bundle, log entry or model signature is not believed. The names in JSON are stable.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SigstoreRefusal>))]
public enum SigstoreRefusal
{
    /// <summary>Nothing speaks against it.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>More bytes than the reader takes.</summary>
    [JsonStringEnumMemberName("bundle.too_large")]
    TooLarge,

    /// <summary>Not JSON of the expected form, a member twice, a number or base64 in another spelling.</summary>
    [JsonStringEnumMemberName("bundle.malformed")]
    Malformed,

    /// <summary>A version that is not known.</summary>
    [JsonStringEnumMemberName("bundle.media_type")]
    MediaType,

    /// <summary>Not exactly one of message signature and envelope.</summary>
    [JsonStringEnumMemberName("bundle.content")]
    Content,

    /// <summary>An envelope with no signature, or with several.</summary>
    [JsonStringEnumMemberName("bundle.signature_count")]
    SignatureCount,

    /// <summary>The signer is named by a certificate: those are not supported, so nothing was checked.</summary>
    [JsonStringEnumMemberName("not_supported.certificate")]
    CertificateNotSupported,

    /// <summary>A key on another curve than this check is made for.</summary>
    [JsonStringEnumMemberName("not_supported.key")]
    KeyNotSupported,

    /// <summary>A model serialised in a way that is not supported.</summary>
    [JsonStringEnumMemberName("not_supported.serialization")]
    SerializationNotSupported,

    /// <summary>The verifier gave no key.</summary>
    [JsonStringEnumMemberName("key.required")]
    KeyRequired,

    /// <summary>The hint names another key than the verifier's.</summary>
    [JsonStringEnumMemberName("key.hint")]
    KeyHint,

    /// <summary>The envelope's key id is not the hint.</summary>
    [JsonStringEnumMemberName("envelope.key_id")]
    EnvelopeKeyId,

    /// <summary>The envelope does not hold an in-toto statement.</summary>
    [JsonStringEnumMemberName("envelope.payload_type")]
    PayloadType,

    /// <summary>The payload is not a statement of the expected form.</summary>
    [JsonStringEnumMemberName("envelope.payload")]
    Payload,

    /// <summary>The artifact's digest was not given, so a message signature cannot be checked.</summary>
    [JsonStringEnumMemberName("artifact.required")]
    ArtifactRequired,

    /// <summary>The artifact is not the one that the bundle is about.</summary>
    [JsonStringEnumMemberName("artifact.digest")]
    ArtifactDigest,

    /// <summary>Not a signature of the verifier's key over what the bundle holds.</summary>
    [JsonStringEnumMemberName("signature")]
    Signature,

    /// <summary>No log entry.</summary>
    [JsonStringEnumMemberName("log.entry_required")]
    LogEntryRequired,

    /// <summary>No trusted log has the entry's log id.</summary>
    [JsonStringEnumMemberName("log.unknown")]
    LogUnknown,

    /// <summary>The log's key is trusted for another time.</summary>
    [JsonStringEnumMemberName("log.key_validity")]
    LogKeyValidity,

    /// <summary>Kind and version are not known, or not those of the body.</summary>
    [JsonStringEnumMemberName("log.entry_kind")]
    EntryKind,

    /// <summary>The body is not one of its kind.</summary>
    [JsonStringEnumMemberName("log.body")]
    Body,

    /// <summary>The body is about something else.</summary>
    [JsonStringEnumMemberName("log.body_digest")]
    BodyDigest,

    /// <summary>The body holds another signature.</summary>
    [JsonStringEnumMemberName("log.body_signature")]
    BodySignature,

    /// <summary>The body holds another key.</summary>
    [JsonStringEnumMemberName("log.body_key")]
    BodyKey,

    /// <summary>Negative, not below the tree size, or two indices that differ.</summary>
    [JsonStringEnumMemberName("log.index")]
    Index,

    /// <summary>No inclusion proof with a checkpoint.</summary>
    [JsonStringEnumMemberName("log.inclusion_proof_required")]
    InclusionProofRequired,

    /// <summary>The checkpoint is not a signed note of three lines or more.</summary>
    [JsonStringEnumMemberName("log.checkpoint")]
    Checkpoint,

    /// <summary>The checkpoint is not signed by the log.</summary>
    [JsonStringEnumMemberName("log.checkpoint_signature")]
    CheckpointSignature,

    /// <summary>The checkpoint is that of another log.</summary>
    [JsonStringEnumMemberName("log.checkpoint_origin")]
    CheckpointOrigin,

    /// <summary>The proof states another root or size than the checkpoint.</summary>
    [JsonStringEnumMemberName("log.root")]
    Root,

    /// <summary>The proof does not lead from the body to the checkpoint's root.</summary>
    [JsonStringEnumMemberName("log.inclusion")]
    Inclusion,

    /// <summary>The signed entry timestamp is not one of the log's key over this entry.</summary>
    [JsonStringEnumMemberName("log.promise")]
    Promise,

    /// <summary>An integrated time that nobody signed, or one in the future.</summary>
    [JsonStringEnumMemberName("log.time")]
    Time,

    /// <summary>The statement is not a model signature.</summary>
    [JsonStringEnumMemberName("model.predicate_type")]
    ModelPredicateType,

    /// <summary>Not exactly one subject.</summary>
    [JsonStringEnumMemberName("model.subject")]
    ModelSubject,

    /// <summary>The subject's digest is not that of the resources.</summary>
    [JsonStringEnumMemberName("model.root")]
    ModelRoot,

    /// <summary>A resource with a name that leaves the model's folder, or with one name twice.</summary>
    [JsonStringEnumMemberName("model.resource_name")]
    ModelResourceName,

    /// <summary>A file has other content than was signed.</summary>
    [JsonStringEnumMemberName("model.file_changed")]
    ModelFileChanged,

    /// <summary>A signed file is not there.</summary>
    [JsonStringEnumMemberName("model.file_missing")]
    ModelFileMissing,

    /// <summary>A file is there that was not signed.</summary>
    [JsonStringEnumMemberName("model.file_unlisted")]
    ModelFileUnlisted,
}
