using System.Collections.Concurrent;
using Lace.Evidence.LossLog;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Functions.Telemetry;
using Lace.Platform;
using Lace.Records.LossIngest;

namespace Lace.Functions.Verify;

/// <summary>Reads what is stored of a run and has it evaluated; the answer is kept until something of it changes, and stated once.</summary>
internal sealed class RunExamination(
    Attestations attestations,
    Runs runs,
    StoredFacts facts,
    LoggedRuns logged,
    VerificationStatements statements,
    Metrics metrics,
    TimeProvider clock,
    ILogger<RunExamination> logger
) : IDisposable
{
    private const int MaxKept = 256;

    private readonly ConcurrentDictionary<string, Examined> kept = new(StringComparer.Ordinal);

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
            var head = await runs.GetHeadAsync(tenant, run.RunId, cancellationToken);
            var others = await facts.OtherRunsAsync(tenant, run, cancellationToken);
            var of = $"{head.Item.Version} {attestation.Item.Version} {string.Join(' ', others)}";
            var earlier = kept.GetValueOrDefault(run.RunId);
            var log =
                earlier?.Log == LogState.Public
                    ? LogState.Public
                    : await logged.StateAsync(tenant, run, cancellationToken);
            if (earlier is null || earlier.Of != of || earlier.Log != log)
            {
                var started = clock.GetTimestamp();
                var result = await EvaluateAsync(
                    tenant,
                    run,
                    head.Head,
                    attestation.Document,
                    others,
                    cancellationToken
                );
                metrics.Record(Metric.VerificationLatency, clock.GetElapsedTime(started).TotalMilliseconds);
                earlier = new Examined(of, log, result, IsStated: false);
            }

            if (!earlier.IsStated && log == LogState.Public)
            {
                var isStated = await StateAsync(tenant, run, head, earlier.Result, cancellationToken);
                earlier = earlier with { IsStated = isStated };
            }

            Keep(run.RunId, earlier);
            return earlier.Result;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private void Keep(string runId, Examined examined)
    {
        if (kept.Count >= MaxKept && !kept.ContainsKey(runId))
        {
            kept.Clear();
        }

        kept[runId] = examined;
    }

    /// <summary>A store that takes no writes does not keep anybody from reading: the result is stated at a later call.</summary>
    private async Task<bool> StateAsync(
        TenantId tenant,
        StoredRun run,
        (StoredHead Head, Item Item) head,
        VerificationResult result,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await statements.StateAsync(tenant, run, head, result, cancellationToken);
        }
        catch (StorageException failure)
        {
            Log.VerificationNotStated(logger, failure, run.RunId);
            return false;
        }
    }

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
        var runFacts = StoredFacts.Of(run, head);
        var input = new VerificationInput(
            committed,
            runFacts,
            recorded,
            features.Named.Features,
            others,
            await logged.CheckAsync(tenant, run, committed, runFacts, cancellationToken)
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

/// <param name="Of">What it was computed from.</param>
/// <param name="Log">What the log showed then.</param>
internal sealed record Examined(string Of, LogState Log, VerificationResult Result, bool IsStated);
