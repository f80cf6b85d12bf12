using System.Text.Json.Serialization;
using Lace.Evidence.Bundles;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Certificates;

/// <summary>What came of checking a certificate: what <c>lace verify --offline --json</c> prints.</summary>
/// <param name="ArtifactId">Null where the file is no certificate.</param>
/// <param name="Outcome">Whether what the file says may be believed, by the policy.</param>
/// <param name="Guarantee">As stated and computed again; null unless <paramref name="Outcome"/> is passed.</param>
/// <param name="Sampling">Who drew the batches; null unless <paramref name="Outcome"/> is passed.</param>
/// <param name="DoesNotShow">What the certificate itself says that it does not cover.</param>
/// <param name="Checks">Each of <see cref="CertificateChecks"/>, in its order.</param>
public sealed record CertificateFindings(
    string? ArtifactId,
    string? TrainingClientId,
    BundleOutcome Outcome,
    CertifiedGuarantee? Guarantee,
    SamplingBasis? Sampling,
    IReadOnlyList<string> DoesNotShow,
    IReadOnlyList<Check> Checks
);

/// <summary>Reads and writes <see cref="CertificateFindings"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CertificateFindings))]
public sealed partial class CertificateFindingsJson : JsonSerializerContext;
