using System.Text.Json.Serialization;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Certificates;

/// <summary><c>dp-certificate/v1</c>: with which guarantee a sealed artifact was trained; the subject is the SHA-256 of its content.</summary>
/// <remarks>A training without differential privacy has none. Made and read by <see cref="CertificateStatement"/> alone (docs/formats/dp-certificate.md).</remarks>
/// <param name="NotCovered">Exactly the entries of <see cref="NotCoveredPoint.For"/>.</param>
/// <param name="IssuedAt">By the worker's clock.</param>
public sealed record PrivacyCertificatePredicate(
    CertifiedArtifact Artifact,
    CertifiedTraining Training,
    CertifiedMechanism Mechanism,
    CertifiedGuarantee Guarantee,
    CertifiedAudit Audit,
    CertifyingWorker Worker,
    IReadOnlyList<NotCoveredPoint> NotCovered,
    DateTimeOffset IssuedAt
);

/// <param name="Sha256">Of the whole content before it is sealed.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Step">Optimizer steps of the training client when it was made.</param>
/// <param name="WeightsSha256">Of the trained weights without the state of optimizer and generators, where the worker states it.</param>
public sealed record CertifiedArtifact(
    string Id,
    MerkleHash Sha256,
    long Bytes,
    long Step,
    MerkleHash? WeightsSha256 = null
);

/// <param name="Chain">Of the tenant's audit entries, which is a hash and names nobody.</param>
/// <param name="Method"><c>lora</c> or <c>full</c>.</param>
/// <param name="AttestationId">Of the dataset that was trained on, where it was attested.</param>
/// <param name="DatasetRoot">Its root; there with <paramref name="AttestationId"/> and only then.</param>
/// <param name="RunId">Of the run that holds the losses, where there is one.</param>
public sealed record CertifiedTraining(
    string ClientId,
    MerkleHash Chain,
    string Method,
    CertifiedModel BaseModel,
    string? AttestationId = null,
    MerkleHash? DatasetRoot = null,
    string? RunId = null
);

/// <param name="Ref">As the training client was asked for.</param>
/// <param name="Sha256">Digest of the weights that the training began with.</param>
public sealed record CertifiedModel(string Ref, MerkleHash Sha256);

/// <summary>How a record was hidden. Constant members are spelled out, so that a statement needs no page to be read.</summary>
/// <param name="Name"><see cref="CertificateTerms.SampledGaussian"/>.</param>
/// <param name="Phases">Every step since the base model, empty batches included; their order does not matter.</param>
/// <param name="ClippingNorm">C: the most by which one record moves the sum before the noise.</param>
/// <param name="ExpectedBatch">By which the training client's last plan divides the noised sum: its sample rate times dataset size.</param>
/// <param name="DatasetSize">N: records of the dataset.</param>
/// <param name="Unit"><see cref="CertificateTerms.Record"/>.</param>
/// <param name="Neighbours"><see cref="CertificateTerms.AddOrRemoveOne"/>.</param>
/// <param name="Sampler"><see cref="CertificateTerms.Poisson"/>.</param>
/// <param name="Sampling">Declared where a single step was.</param>
/// <param name="DeclaredSteps">Of all steps, those of which the caller sent the batch.</param>
/// <param name="Noise">The generator: one of <see cref="CertificateTerms.Generators"/>.</param>
public sealed record CertifiedMechanism(
    string Name,
    IReadOnlyList<CertifiedPhase> Phases,
    ClippingKind Clipping,
    double ClippingNorm,
    double ExpectedBatch,
    long DatasetSize,
    string Unit,
    string Neighbours,
    string Sampler,
    SamplingBasis Sampling,
    long DeclaredSteps,
    string Noise
);

/// <summary>Steps with one mechanism.</summary>
/// <param name="NoiseMultiplier">σ: standard deviation of the noise over the clipping norm.</param>
/// <param name="SampleRate">q: with which a record enters a batch.</param>
public sealed record CertifiedPhase(double NoiseMultiplier, double SampleRate, long Steps);

/// <param name="Steps">Of all phases together.</param>
/// <param name="Target">The budget that was kept to.</param>
public sealed record CertifiedGuarantee(
    double Delta,
    long Steps,
    EpsilonBounds Epsilon,
    CertifiedTarget? Target = null
);

/// <summary>ε by each accountant; both bound the same training from above.</summary>
public sealed record EpsilonBounds(double Rdp, double Pld);

/// <param name="Accountant"><c>rdp</c> or <c>pld</c>.</param>
public sealed record CertifiedTarget(double Epsilon, string Accountant);

/// <summary>Where the tenant's audit chain stood.</summary>
public sealed record CertifiedAudit(long Entries, MerkleHash Head);

/// <param name="Name">Of the program.</param>
public sealed record CertifyingWorker(string Name, string Version);

/// <summary>How each record's gradient was bounded by the clipping norm.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClippingKind>))]
public enum ClippingKind
{
    /// <summary>Scaled by C / (norm + γ), whatever the norm (AUTO-S, arXiv 2206.07136).</summary>
    [JsonStringEnumMemberName("automatic")]
    Automatic,

    /// <summary>Scaled by min(1, C / norm).</summary>
    [JsonStringEnumMemberName("flat")]
    Flat,

    /// <summary>Each of K layers to C / √K.</summary>
    [JsonStringEnumMemberName("per_layer")]
    PerLayer,
}

/// <summary>Who drew the batches.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SamplingBasis>))]
public enum SamplingBasis
{
    /// <summary>The caller sent them and says that they were drawn so. Nobody checked it.</summary>
    [JsonStringEnumMemberName("declared_by_caller")]
    DeclaredByCaller,

    /// <summary>The worker, from a registered dataset.</summary>
    [JsonStringEnumMemberName("enforced_by_worker")]
    EnforcedByWorker,
}
