using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary><c>run-end/v1</c>: a run's loss log ended; the subject is the chain's head.</summary>
/// <param name="Finished">Whether the client's <c>finish</c> item was accepted.</param>
/// <param name="Gaps">Pairs of segment numbers, both ends included; of very many the first.</param>
/// <param name="Refused">By the reasons of protocol §5.</param>
/// <param name="Heads">At most 16 segments, spread evenly, the first and the last among them.</param>
/// <param name="GapsOmitted">How many gaps were left out; set when the statement is made, null where none was.</param>
public sealed record RunEndPredicate(
    string RunId,
    string AttestationId,
    MerkleHash Root,
    long Segments,
    long Points,
    MerkleHash Head,
    bool Finished,
    IReadOnlyList<long[]> Gaps,
    IReadOnlyDictionary<string, long> Refused,
    IReadOnlyList<SegmentHead> Heads,
    DateTimeOffset? ClosedAt = null,
    DateTimeOffset? FirstReceivedAt = null,
    DateTimeOffset? LastReceivedAt = null,
    int? GapsOmitted = null
);

/// <summary>The SHA-256 of one segment's body and when the queue accepted it.</summary>
public sealed record SegmentHead(long Seq, MerkleHash Head, DateTimeOffset ReceivedAt);
