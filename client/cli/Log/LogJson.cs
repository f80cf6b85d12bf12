using System.Text.Json.Serialization;

namespace Lace.Cli.Log;

/// <summary>What <c>lace log fsck --json</c> prints.</summary>
/// <param name="Signatures"><c>passed</c>, <c>failed</c>, or <c>not_checked</c> where no key was given.</param>
/// <param name="Files">Tiles and bundles that were compared.</param>
internal sealed record FsckResult(
    bool Whole,
    string Place,
    string Origin,
    long Size,
    string Root,
    string Signatures,
    long Entries,
    long Files,
    IReadOnlyList<FsckFinding> Findings
);

/// <param name="Fault"><c>missing</c>, <c>malformed</c>, <c>wrong_tile</c>, <c>wrong_partial</c> or <c>wrong_head</c>.</param>
internal sealed record FsckFinding(string Fault, string Path);

/// <summary>What <c>lace log proof --json</c> prints.</summary>
/// <param name="Proof">The text of the proof file.</param>
internal sealed record ProofMade(long Index, long Size, string LeafHash, string Proof);

/// <summary>What <c>lace log verify --json</c> prints.</summary>
/// <param name="Verdict">Why the checkpoint is accepted or not.</param>
internal sealed record ProofResult(bool Included, string Verdict, long Index, long? Size, string LeafHash);

/// <summary>What <c>lace log consistency --json</c> prints.</summary>
internal sealed record ConsistencyResult(bool Consistent, string Origin, long OldSize, long Size, string Signatures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FsckResult))]
[JsonSerializable(typeof(ProofMade))]
[JsonSerializable(typeof(ProofResult))]
[JsonSerializable(typeof(ConsistencyResult))]
internal sealed partial class LogJson : JsonSerializerContext;
