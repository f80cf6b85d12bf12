using System.Text.Json.Serialization;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>What came of checking a bundle: what <c>lace verify --offline --json</c> prints.</summary>
/// <param name="RunId">Null where the file is no bundle.</param>
/// <param name="Outcome">Whether what the file says of the run may be believed, by the policy.</param>
/// <param name="Verdict">Of the signed verification; null unless <paramref name="Outcome"/> is passed.</param>
/// <param name="Level">The level that was checked here; null unless <paramref name="Outcome"/> is passed.</param>
/// <param name="Revoked">Whether the signed verification says that the attestation was revoked.</param>
/// <param name="Checks">Each of <see cref="BundleChecks"/>, in its order.</param>
public sealed record BundleFindings(
    string? RunId,
    string? AttestationId,
    BundleOutcome Outcome,
    string? Verdict,
    int? Level,
    string? LevelName,
    IReadOnlyList<Rung> Rungs,
    bool Revoked,
    IReadOnlyList<string> DoesNotShow,
    IReadOnlyList<Check> Checks
);

/// <summary>A level that the run stands on, and who says so.</summary>
public sealed record Rung(int Level, string Name, RungBasis Basis);

/// <summary>How a level came about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RungBasis>))]
public enum RungBasis
{
    /// <summary>The verification statement says so, and its signatures are good.</summary>
    [JsonStringEnumMemberName("stated by the verifier")]
    Stated,

    /// <summary>It was computed again here from the run-log file.</summary>
    [JsonStringEnumMemberName("recomputed")]
    Recomputed,
}

/// <summary>The required checks together.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BundleOutcome>))]
public enum BundleOutcome
{
    /// <summary>A required check could not be done, none of all failed.</summary>
    [JsonStringEnumMemberName("not_checked")]
    NotChecked,

    /// <summary>A check failed, required or not.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>All required checks passed and none failed.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,
}

/// <summary>Reads and writes <see cref="BundleFindings"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BundleFindings))]
public sealed partial class BundleFindingsJson : JsonSerializerContext;
