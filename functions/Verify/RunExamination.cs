using System.Collections.Concurrent;
using Lace.Evidence.LossLog;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Platform;

namespace Lace.Functions.Verify;

/// <summary>Reads what is stored of a run and has it evaluated; the answer is kept until something of it changes.</summary>
internal sealed class RunExamination(Attestations attestations, Runs runs, StoredFacts facts, TimeProvider clock)
    : IDisposable
{
    private const int MaxKept = 256;

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
            var others = await facts.OtherRunsAsync(tenant, run, cancellationToken);
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
        var committed = await facts.CommittedAsync(tenant, attestation, features.Damage, cancellationToken);
        var input = new VerificationInput(
            committed,
            StoredFacts.Of(run, head),
            recorded,
            features.Named.Features,
            others
        );
        return RunVerification.Evaluate(input, clock.GetUtcNow());
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
                size += RunSize.Of(received.Segment);
                segments.Add(size <= RunSize.Max ? received : throw new RunTooLargeException());
            }

            var recorded = RecordedRun.Replay(run.RunId, Runs.Hash(run.Root), segments);
            return recorded?.Segments == head.Next && recorded.Head == Runs.Hash(head.Digest) ? recorded : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
