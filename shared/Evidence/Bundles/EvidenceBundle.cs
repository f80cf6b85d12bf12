using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Bundles;

/// <summary>All that Lace Cloud says of one run, with what is needed to check it without a network (docs/formats/bundle.md).</summary>
/// <remarks>A value is well-formed and within its limits; nothing in it is checked: see <see cref="BundleVerification"/>.</remarks>
/// <param name="Statements">Dataset, run start, run end, verification, and at most <see cref="MaxReports"/> reports, in this order.</param>
/// <param name="Checkpoint">The signed note to which all proofs lead.</param>
/// <param name="Consistency">Proof from the checkpoint that the run-start statement names to <paramref name="Checkpoint"/>.</param>
/// <param name="RunLog">The file with which the score can be computed again.</param>
public sealed record EvidenceBundle(
    string RunId,
    string AttestationId,
    IReadOnlyList<BundledStatement> Statements,
    string Checkpoint,
    IReadOnlyList<MerkleHash> Consistency,
    NamedRunLog RunLog
)
{
    /// <summary>What the file calls itself.</summary>
    public const string Format = "lace-bundle/1";

    /// <summary>Most bytes of a bundle, whatever the size of dataset and run: 68 KB. On which log, docs/formats/bundle.md says.</summary>
    public const int MaxBytes = 69_632;

    public const int MaxReports = 4;

    /// <summary>Statements that every bundle has.</summary>
    public const int RunStatements = 4;

    /// <summary>Reads a bundle; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static EvidenceBundle? Parse(ReadOnlySpan<byte> json, out string? reason) =>
        BundleReader.Read(json, out reason);

    /// <summary>The file in UTF-8, in JCS form: one spelling for each bundle. The caller compares its length with <see cref="MaxBytes"/>.</summary>
    public byte[] Write() => BundleReader.Write(this);
}

/// <summary>A statement, its two signatures, and where the log has them.</summary>
public sealed record BundledStatement(SignedStatement Signed, LogProof P256, LogProof Hybrid);

/// <summary>A leaf's place in the log.</summary>
/// <param name="Hashes">Siblings in order from the leaf (RFC 6962 section 2.1.1).</param>
public sealed record LogProof(long Index, IReadOnlyList<MerkleHash> Hashes);

/// <param name="Sha256">Of the run-log file.</param>
/// <param name="Bytes">Its length.</param>
public sealed record NamedRunLog(MerkleHash Sha256, long Bytes)
{
    /// <summary>Where the owner's key gets the file: a path on the server.</summary>
    public static string From(string runId) => $"/v1/runs/{runId}/log";
}
