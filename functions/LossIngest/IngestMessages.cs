using System.Text.Json.Serialization;
using Lace.Evidence.LossLog;
using Lace.Records.LossIngest;

namespace Lace.Functions.LossIngest;

/// <param name="Client">Names and versions of the programs that train, for people.</param>
/// <param name="Offline">Whether the losses were recorded before they are sent.</param>
internal sealed record CreateRun(
    string AttestationId,
    BatchOrder Order = BatchOrder.Unknown,
    IReadOnlyDictionary<string, string>? Client = null,
    bool Offline = false
);

/// <param name="IngestKey">32 bytes in base64, given here and never again.</param>
internal sealed record CreatedRun(
    string RunId,
    string AttestationId,
    string Root,
    long Records,
    string IngestKey,
    string Nonce,
    BatchOrder Order,
    DateTimeOffset CreatedAt,
    int MaxSegmentBytes
);

/// <summary>The queue has the segment; whether the chain takes it, the run says later.</summary>
internal sealed record SegmentReceipt(string RunId, long Seq);

/// <param name="Status"><c>recording</c>, <c>finished</c>, or <c>closed</c> where the end of the log is missing.</param>
/// <param name="NextSeq">Number of the first segment that is not accepted.</param>
/// <param name="Gaps">Ranges of missing segments, both ends included.</param>
/// <param name="Refused">How many different bodies were refused, by reason; at most 16 of each are told apart.</param>
internal sealed record RunState(
    string RunId,
    string AttestationId,
    string Root,
    long Records,
    BatchOrder Order,
    bool Offline,
    IReadOnlyDictionary<string, string>? Client,
    string Status,
    long NextSeq,
    long Points,
    IReadOnlyList<long[]> Gaps,
    IReadOnlyDictionary<string, long> Refused,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastReceivedAt,
    DateTimeOffset? ClosedAt
);

/// <summary>One page, newest first.</summary>
internal sealed record RunList(IReadOnlyList<RunEntry> Runs, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CreateRun))]
[JsonSerializable(typeof(CreatedRun))]
[JsonSerializable(typeof(SegmentReceipt))]
[JsonSerializable(typeof(RunState))]
[JsonSerializable(typeof(RunList))]
internal sealed partial class IngestJson : JsonSerializerContext;
