using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary><c>audit-head/v1</c>: an audit chain had so many entries; the subject is its head. Does not name the tenant.</summary>
public sealed record AuditHeadPredicate(MerkleHash Chain, long Entries, MerkleHash Head, DateTimeOffset At);
