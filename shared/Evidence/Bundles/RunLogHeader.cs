using System.Text.Json.Serialization;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Bundles;

/// <summary>First line of a run-log file (docs/formats/run-log.md).</summary>
internal sealed record RunLogHeader(
    string Format,
    RunLogAttestation Attestation,
    RunLogRun Run,
    IReadOnlyList<string> OtherRuns
);

/// <summary>What is stored of the attestation beside its chunks.</summary>
internal sealed record RunLogAttestation(
    string Id,
    MerkleHash Root,
    long Records,
    int Chunks,
    DateTimeOffset CompletedAt,
    DateTimeOffset? RevokedAt = null,
    string? RevocationReason = null
);

/// <summary>What is stored of the run beside its segments.</summary>
/// <param name="Gaps">Pairs of segment numbers, both ends included.</param>
internal sealed record RunLogRun(
    string RunId,
    BatchOrder Order,
    MerkleHash Root,
    MerkleHash Nonce,
    DateTimeOffset CreatedAt,
    bool Offline,
    bool Closed,
    IReadOnlyList<long[]> Gaps,
    IReadOnlyDictionary<string, long> Refused
);

/// <summary>An accepted segment; its body as a JSON string, byte for byte.</summary>
internal sealed record RunLogSegment(DateTimeOffset ReceivedAt, string Segment);

/// <summary>A chunk of the dataset: its root, or where the run names a record of it its bytes.</summary>
internal sealed record RunLogChunk(int Chunk, MerkleHash? Root = null, byte[]? Bytes = null);

/// <summary>The last line.</summary>
internal sealed record RunLogEnd(bool End, long Segments, int Chunks);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 8,
    Converters = [typeof(UtcTime), typeof(HexHash)]
)]
[JsonSerializable(typeof(RunLogHeader))]
[JsonSerializable(typeof(RunLogSegment))]
[JsonSerializable(typeof(RunLogChunk))]
[JsonSerializable(typeof(RunLogEnd))]
internal sealed partial class RunLogJson : JsonSerializerContext;
