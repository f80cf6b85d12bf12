using Lace.Evidence.Certificates;

namespace Lace.Evidence.Statements;

/// <summary>What a statement of ours can be about (docs/formats/statements.md).</summary>
public static class PredicateTypes
{
    public static PredicateType<DatasetPredicate> Dataset { get; } = new("dataset/v1", BoundedPredicates.Bound);

    public static PredicateType<RunStartPredicate> RunStart { get; } = new("run-start/v1", BoundedPredicates.Bound);

    public static PredicateType<RunEndPredicate> RunEnd { get; } = new("run-end/v1", BoundedPredicates.Bound);

    public static PredicateType<VerificationPredicate> Verification { get; } = new("verification/v1");

    public static PredicateType<ReportPredicate> Report { get; } = new("report/v1");

    public static PredicateType<AuditHeadPredicate> AuditHead { get; } = new("audit-head/v1");

    /// <summary>Made and read by <see cref="CertificateStatement"/>, which is stricter.</summary>
    public static PredicateType<PrivacyCertificatePredicate> PrivacyCertificate { get; } = new("dp-certificate/v1");
}
