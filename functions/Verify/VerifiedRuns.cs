using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.LossIngest;
using Lace.Records.Storage;

namespace Lace.Functions.Verify;

/// <summary>A run and the attestation that it is to be held against.</summary>
internal sealed record FoundRun(TenantId Tenant, StoredRun Run, StoredAttestation Attestation);

/// <summary>From an id that anybody may hold to what its verification found.</summary>
internal sealed class VerifiedRuns(PublicIds owners, Attestations attestations, Runs runs, RunExamination examination)
{
    /// <summary>The run of that id, or the newest run of the attestation of that id.</summary>
    /// <param name="owner">Where given, what another tenant has is not there, in whatever state it is.</param>
    public async Task<(FoundRun? Found, Problem? Refusal)> FindAsync(
        string id,
        CancellationToken cancellationToken,
        TenantId? owner = null
    )
    {
        var isRun = Runs.IsId(id);
        if (
            !(isRun || RandomId.IsValid(Attestation.IdPrefix, id))
            || await owners.FindTenantAsync(id, cancellationToken) is not { } tenant
            || (owner is not null && owner != tenant)
        )
        {
            return (null, NotFound("There is no such run or attestation."));
        }

        var run = isRun
            ? await runs.GetAsync(tenant, id, cancellationToken)
            : await NewestRunAsync(tenant, id, cancellationToken);
        var attestationId = run?.AttestationId ?? id;
        if (await attestations.GetAsync(tenant, attestationId, cancellationToken) is not { } attestation)
        {
            return (null, NotFound("There is no such run or attestation."));
        }

        if (attestation.Document.Status != Attestation.Complete)
        {
            return (
                null,
                new Problem(
                    StatusCodes.Status409Conflict,
                    "attestation_not_complete",
                    "The dataset was not sent completely, so there is nothing to verify yet."
                )
            );
        }

        return run is null
            ? (null, NotFound("The attestation is complete, but no run was recorded for it yet."))
            : (new FoundRun(tenant, run, attestation), null);
    }

    public async Task<(VerificationResult? Result, Problem? Refusal)> VerifyAsync(
        FoundRun found,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (
                await examination.ExamineAsync(found.Tenant, found.Run, found.Attestation, cancellationToken),
                null
            );
        }
        catch (RunTooLargeException)
        {
            return (
                null,
                new Problem(
                    StatusCodes.Status422UnprocessableEntity,
                    "run_too_large",
                    $"The log is too long, or names more than {NamedFeatures.MaxRecords} different records; this version cannot verify it."
                )
            );
        }
    }

    private async Task<StoredRun?> NewestRunAsync(
        TenantId tenant,
        string attestationId,
        CancellationToken cancellationToken
    ) =>
        await runs.OfAttestationAsync(tenant, attestationId, 20, cancellationToken) is [var newest, ..]
            ? await runs.GetAsync(tenant, newest.RunId, cancellationToken)
            : null;

    private static Problem NotFound(string detail) => new(StatusCodes.Status404NotFound, "not_found", detail);
}
