using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.LossIngest;

namespace Lace.Functions.Verify;

/// <summary>What is stored of a run and its attestation, as verification looks at it.</summary>
internal sealed class StoredFacts(Attestations attestations, Runs runs)
{
    public static RunFacts Of(StoredRun run, StoredHead head) =>
        new(
            run.RunId,
            run.Order,
            Runs.Hash(run.Root),
            Runs.Hash(run.Nonce),
            run.CreatedAt,
            run.Offline,
            head.ClosedAt is not null,
            RunStates.Gaps(head),
            RunStates.Refused(head)
        );

    /// <param name="damage">What was found wrong with the chunks earlier; null where nothing was.</param>
    public async Task<AttestationFacts> CommittedAsync(
        TenantId tenant,
        Attestation attestation,
        string? damage,
        CancellationToken cancellationToken
    )
    {
        var roots = new List<MerkleHash>();
        await foreach (var (number, chunk) in attestations.ChunksAsync(tenant, attestation.Id, cancellationToken))
        {
            damage ??=
                number == roots.Count ? null : $"Chunk {roots.Count} of {attestation.Id} is missing in the store.";
            roots.Add(Runs.Hash(chunk.Root));
        }

        return new AttestationFacts(
            attestation.Id,
            attestation.Status == Attestation.Complete,
            MerkleHash.TryParse(attestation.Dataset.Root, out var root) ? root : null,
            attestation.Dataset.Records ?? 0,
            roots,
            attestation.CompletedAt,
            attestation.Revoked?.At,
            attestation.Revoked?.Reason,
            damage
        );
    }

    /// <summary>Ids of the attestation's other runs, the newest first, as many as are listed.</summary>
    public async Task<IReadOnlyList<string>> OtherRunsAsync(
        TenantId tenant,
        StoredRun run,
        CancellationToken cancellationToken
    ) =>
        [
            .. (
                await runs.OfAttestationAsync(
                    tenant,
                    run.AttestationId,
                    RunVerification.MaxOtherRuns + 1,
                    cancellationToken
                )
            )
                .Select(entry => entry.RunId)
                .Where(id => id != run.RunId)
                .Take(RunVerification.MaxOtherRuns),
        ];
}
