using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Verification;

/// <summary>What is stored of the attestation that a run refers to. Times are the server's.</summary>
/// <param name="ChunkRoots">Roots of all stored chunks in order; the dataset root is recomputed from them.</param>
/// <param name="Damage">What was found wrong with the stored chunks while they were read; null where nothing was.</param>
public sealed record AttestationFacts(
    string Id,
    bool Complete,
    MerkleHash? Root,
    long Records,
    IReadOnlyList<MerkleHash> ChunkRoots,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? RevokedAt = null,
    string? RevocationReason = null,
    string? Damage = null
);

/// <summary>What is stored of a run beside its accepted segments. Times are the server's.</summary>
/// <param name="Root">Root of the attestation at the time the run was made: part of the chain's origin.</param>
/// <param name="Offline">Whether the client said that the losses were recorded before they were sent.</param>
/// <param name="Closed">Whether the client asked to close the run.</param>
/// <param name="Gaps">Segments that are missing, both ends included.</param>
/// <param name="Refused">How many segments were refused, by the reasons of protocol §5.</param>
public sealed record RunFacts(
    string Id,
    BatchOrder Order,
    MerkleHash Root,
    MerkleHash Nonce,
    DateTimeOffset CreatedAt,
    bool Offline,
    bool Closed,
    IReadOnlyList<(long From, long To)> Gaps,
    IReadOnlyDictionary<string, long> Refused
);

/// <summary>Everything that a verification looks at.</summary>
/// <param name="Recorded">The replayed chain; null where the stored segments are no longer the chain that was accepted.</param>
/// <param name="FeaturesOf">Committed features of a record; null where the commitment holds no such record.</param>
/// <param name="OtherRuns">Other runs of the same attestation.</param>
/// <param name="TransparencyLog">
/// What <see cref="LogCheck"/>, or a verifier of the same statements, found; where null the log was not looked at.
/// </param>
public sealed record VerificationInput(
    AttestationFacts Attestation,
    RunFacts Run,
    RecordedRun? Recorded,
    Func<int, RecordFeatures?> FeaturesOf,
    IReadOnlyList<string> OtherRuns,
    Check? TransparencyLog = null
);
