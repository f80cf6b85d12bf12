using System.Collections.Concurrent;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Platform;

namespace Lace.Functions.Verify;

/// <summary>Reads what is stored of a run and has it evaluated; the answer is kept until something of it changes.</summary>
internal sealed class RunExamination(Attestations attestations, Runs runs, TimeProvider clock) : IDisposable
{
    private const int MaxKept = 256;

    /// <summary>Numbers of four bytes, about, that a run may take in memory: whoever logs it must not choose what a caller without a key makes the server hold.</summary>
    private const long MaxRunSize = 64_000_000;

    private readonly ConcurrentDictionary<string, (string Of, VerificationResult Result)> kept = new(
        StringComparer.Ordinal
    );

    // Each evaluation holds a run in memory and a core for as long as it takes; callers without a key must not set how many run.
    private readonly SemaphoreSlim turn = new(2);

    /// <summary>The result for a run that was found.</summary>
    /// <exception cref="RunTooLargeException"/>
    public async Task<VerificationResult> ExamineAsync(
        TenantId tenant,
        StoredRun run,
        StoredAttestation attestation,
        CancellationToken cancellationToken
    )
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var (head, headItem) = await runs.GetHeadAsync(tenant, run.RunId, cancellationToken);
            var others = await OtherRunsAsync(tenant, run, cancellationToken);
            var of = $"{headItem.Version} {attestation.Item.Version} {string.Join(' ', others)}";
            if (kept.TryGetValue(run.RunId, out var earlier) && earlier.Of == of)
            {
                return earlier.Result;
            }

            var result = await EvaluateAsync(tenant, run, head, attestation.Document, others, cancellationToken);
            if (kept.Count >= MaxKept)
            {
                kept.Clear();
            }

            kept[run.RunId] = (of, result);
            return result;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private async Task<VerificationResult> EvaluateAsync(
        TenantId tenant,
        StoredRun run,
        StoredHead head,
        Attestation attestation,
        IReadOnlyList<string> others,
        CancellationToken cancellationToken
    )
    {
        var recorded = await ReplayAsync(tenant, run, head, cancellationToken);
        var features = await FeatureTable.LoadAsync(attestations, tenant, attestation, recorded, cancellationToken);
        var facts = new RunFacts(
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
        var committed = await CommittedAsync(tenant, attestation, features.Damage, cancellationToken);
        return RunVerification.Evaluate(new(committed, facts, recorded, features.Of, others), clock.GetUtcNow());
    }

    /// <summary>The chain as far as it was accepted; null where the store no longer holds what the head says.</summary>
    private async Task<RecordedRun?> ReplayAsync(
        TenantId tenant,
        StoredRun run,
        StoredHead head,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var segments = new List<ReceivedSegment>();
            var size = 0L;
            await foreach (var received in runs.SegmentsAsync(tenant, run.RunId, head.Next, cancellationToken))
            {
                size += SizeOf(received.Segment);
                segments.Add(size <= MaxRunSize ? received : throw new RunTooLargeException());
            }

            var recorded = RecordedRun.Replay(run.RunId, Runs.Hash(run.Root), segments);
            return recorded?.Segments == head.Next && recorded.Head == Runs.Hash(head.Digest) ? recorded : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static long SizeOf(LossSegment segment) =>
        segment.Items.Sum(item =>
            50L + (item is PointItem { Point.Batch: { } batch } ? batch.Sum(micro => 20L + micro.Records.Count) : 0)
        );

    private async Task<AttestationFacts> CommittedAsync(
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

    private async Task<IReadOnlyList<string>> OtherRunsAsync(
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
