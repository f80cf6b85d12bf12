using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Verification;

/// <summary>What is known of a run from the transparency log; nothing of it is checked yet.</summary>
/// <param name="Checkpoint">Signed note (UTF-8) to which all proofs lead.</param>
/// <param name="FromNamed">Consistency proof from the checkpoint that the statement of the run's start names to <paramref name="Checkpoint"/>.</param>
public sealed record LogFacts(
    LoggedStatement Dataset,
    LoggedStatement RunStart,
    ReadOnlyMemory<byte> Checkpoint,
    IReadOnlyList<MerkleHash> FromNamed
);

/// <summary>A signed statement and where its two leaves are said to be.</summary>
public sealed record LoggedStatement(SignedStatement Signed, LoggedLeaf P256, LoggedLeaf Hybrid);

/// <param name="Proof">Inclusion proof of the leaf at <paramref name="Index"/>.</param>
public sealed record LoggedLeaf(long Index, IReadOnlyList<MerkleHash> Proof);

/// <summary>Whom the verifier believes. Never taken from the facts.</summary>
/// <param name="LogKeys">Keys of one log under one name, its origin; all of them must have signed a checkpoint.</param>
public sealed record LogTrust(IReadOnlyList<StatementKey> StatementKeys, IReadOnlyList<VerifierKey> LogKeys);
