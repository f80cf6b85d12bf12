using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary><c>report/v1</c>: a report was made; the subject is the SHA-256 of its file.</summary>
/// <param name="Format"><c>html</c>, <c>json</c> or <c>md</c>.</param>
public sealed record ReportPredicate(
    string ReportId,
    string RunId,
    string AttestationId,
    string Format,
    string Verdict,
    MerkleHash Sha256,
    DateTimeOffset CreatedAt
);
