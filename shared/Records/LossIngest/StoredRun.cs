using System.Text.Json.Serialization;
using Lace.Evidence.LossLog;

namespace Lace.Records.LossIngest;

/// <summary>What a run is from its first moment on; never changed.</summary>
/// <param name="Root">64 hex digits: of the attestation when the run was made.</param>
/// <param name="Nonce">64 hex digits, drawn after the attestation was complete.</param>
/// <param name="IngestKey">Wrapped by the tenant's key under the context <c>run:ID</c>.</param>
internal sealed record StoredRun(
    string RunId,
    string AttestationId,
    string Root,
    long Records,
    BatchOrder Order,
    bool Offline,
    IReadOnlyDictionary<string, string>? Client,
    string Nonce,
    byte[] IngestKey,
    DateTimeOffset CreatedAt
);

/// <summary>How far a run's log came: the one item of a run that changes, by compare-and-swap.</summary>
/// <param name="Next">Number of the first segment that is not accepted.</param>
/// <param name="Digest">Of the last accepted segment, or the run's origin.</param>
/// <param name="Waiting">Ranges of segments that are stored and wait for those before them, both ends included.</param>
/// <param name="Refused">The first few different bodies that were refused for each reason.</param>
internal sealed record StoredHead(
    long Next,
    string Digest,
    long Points,
    bool Finished,
    IReadOnlyList<long[]> Waiting,
    IReadOnlyList<RefusedSegment> Refused,
    DateTimeOffset? ClosedAt = null,
    DateTimeOffset? LastReceivedAt = null
);

/// <summary>A body that was not taken. Only its digest is kept.</summary>
internal sealed record RefusedSegment(string Reason, long Seq, string Sha256);

/// <summary>A segment that was taken, accepted or waiting: the head says which.</summary>
/// <param name="Blob">Path of the blob that holds its body among others.</param>
internal sealed record StoredSegment(
    string Digest,
    string Prev,
    int Points,
    bool Finishes,
    string Blob,
    long Offset,
    int Length,
    DateTimeOffset ReceivedAt
);

/// <summary>A run in a list.</summary>
internal sealed record RunEntry(string RunId, string AttestationId, BatchOrder Order, DateTimeOffset CreatedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StoredRun))]
[JsonSerializable(typeof(StoredHead))]
[JsonSerializable(typeof(StoredSegment))]
[JsonSerializable(typeof(RunEntry))]
internal sealed partial class RunStorageJson : JsonSerializerContext;
