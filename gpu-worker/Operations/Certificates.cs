using System.Reflection;
using Lace.Evidence.Audit;
using Lace.Evidence.Certificates;
using Lace.Evidence.Transparency;
using Lace.Privacy;
using Lace.Records.Notary;
using Lace.Records.Training;

namespace Lace.Worker.Operations;

/// <summary>States with which guarantee an artifact was trained: from the ledger, which counts at least the steps that the session made.</summary>
internal static class Certificates
{
    /// <summary>Null where there is nothing to certify: no differential privacy, or no step yet.</summary>
    public static async Task<NotarizedStatement?> SignAsync(
        WorkerStores stores,
        ClientLease lease,
        OpenedTraining training,
        BudgetRecord? budget,
        string artifactId,
        SealedBlob blob
    )
    {
        var config = training.Config;
        if (budget is null || config is not { Privacy: { } privacy, Sampling: { } sampling } || budget.Spent.Steps == 0)
        {
            return null;
        }

        if (training.Session.History.Phases.Any(phase => phase.Steps > StepsOf(budget.Spent, phase.Mechanism)))
        {
            throw new InvalidDataException("The ledger counts fewer steps than were made: nothing is certified.");
        }

        var head = await stores.Audit.HeadAsync(lease.Tenant);
        var accountant = budget.Budget.Accountant == Accountant.Pld ? CertificateTerms.Pld : CertificateTerms.Rdp;
        var basis = budget.DeclaredSteps > 0 ? SamplingBasis.DeclaredByCaller : SamplingBasis.EnforcedByWorker;
        var spent = budget.Spent;
        var certificate = new PrivacyCertificatePredicate(
            new CertifiedArtifact(artifactId, Hash(blob.Sha256), blob.Bytes, training.Session.Step),
            new CertifiedTraining(
                lease.ClientId,
                AuditEntry.ChainOf(lease.Tenant.Value),
                config.Lora is null ? CertificateTerms.Full : CertificateTerms.Lora,
                new CertifiedModel(config.ModelRef, Hash(training.Model.WeightsDigest)),
                config.DatasetRoot is null ? null : config.AttestationId,
                config is { AttestationId: not null, DatasetRoot: { } root } ? Hash(root) : null,
                config.RunId
            ),
            new CertifiedMechanism(
                CertificateTerms.SampledGaussian,
                [
                    .. spent.Phases.Select(phase => new CertifiedPhase(
                        phase.Mechanism.NoiseMultiplier,
                        phase.Mechanism.SampleRate,
                        phase.Steps
                    )),
                ],
                privacy.Clipping switch
                {
                    "flat" => ClippingKind.Flat,
                    "per_layer" => ClippingKind.PerLayer,
                    _ => ClippingKind.Automatic,
                },
                privacy.MaxGradNorm,
                sampling.SampleRate * sampling.DatasetSize,
                sampling.DatasetSize,
                CertificateTerms.Record,
                CertificateTerms.AddOrRemoveOne,
                CertificateTerms.Poisson,
                basis,
                budget.DeclaredSteps,
                CertificateTerms.ChaCha20
            ),
            new CertifiedGuarantee(
                privacy.TargetDelta,
                spent.Steps,
                new EpsilonBounds(
                    Accountant.Rdp.Epsilon(spent, privacy.TargetDelta),
                    Accountant.Pld.Epsilon(spent, privacy.TargetDelta)
                ),
                new CertifiedTarget(privacy.TargetEpsilon, accountant)
            ),
            new CertifiedAudit(head?.Entries ?? 0, head?.Hash ?? AuditEntry.Genesis),
            new CertifyingWorker("lace-worker", Version),
            NotCoveredPoint.For(basis),
            stores.Clock.GetUtcNow()
        );
        return await stores.Signer.SignAsync(CertificateStatement.Create(certificate));
    }

    private static string Version => Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0";

    private static long StepsOf(PrivacyHistory history, SampledGaussian mechanism) =>
        history.Phases.FirstOrDefault(phase => phase.Mechanism == mechanism).Steps;

    private static MerkleHash Hash(string hex) =>
        MerkleHash.TryParse(hex, out var hash) ? hash : throw new InvalidDataException("A digest is none.");
}
