using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary><c>run-start/v1</c>: a run was made; the subject is the origin of its chain.</summary>
/// <param name="Nonce">64 hex digits, drawn after <paramref name="AttestationLogged"/>.</param>
/// <param name="Client">Absent where it has more than <see cref="StatementLimits.FreeBytes"/> in JCS form.</param>
/// <param name="ClientSha256">Of that form, where it is absent for that reason; set when the statement is made.</param>
public sealed record RunStartPredicate(
    string RunId,
    string AttestationId,
    MerkleHash Root,
    long Records,
    BatchOrder Order,
    bool Offline,
    string Nonce,
    DateTimeOffset CreatedAt,
    LoggedAttestation AttestationLogged,
    IReadOnlyDictionary<string, string>? Client = null,
    MerkleHash? ClientSha256 = null
);

/// <summary>Where the attestation's statement stood in the log before the nonce was drawn.</summary>
/// <param name="Index">Of its P-256 leaf.</param>
/// <param name="Checkpoint">The log's note body (three lines) of a size above <paramref name="Index"/>.</param>
public sealed record LoggedAttestation(long Index, string Checkpoint);
