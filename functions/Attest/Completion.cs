using System.Security.Cryptography;
using Lace.Evidence.Datasets;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Functions.Telemetry;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Notary;
using Lace.Records.Tenancy;

namespace Lace.Functions.Attest;

/// <summary>Checks what the owner says the dataset is against the chunks received, and writes the statement of it.</summary>
internal sealed class Completion(
    Attestations attestations,
    StatementSigner signer,
    SignedStatements statements,
    ReceivedFilters filters,
    Usage usage,
    Metrics metrics,
    LogSignal log,
    TimeProvider clock,
    ILoggerFactory logging
)
{
    private readonly ILogger logger = logging.CreateLogger(Log.Category);

    /// <summary>A sequential plan's first steps are predicted from the records of at most so many chunks.</summary>
    private const int ChunksToPredictFrom = 16;

    /// <summary>The completed document, also where the same was stated before; or why it is refused.</summary>
    public async Task<(Attestation? Complete, Problem? Refusal)> CompleteAsync(
        TenantId tenant,
        string id,
        CompleteAttestation stated,
        AuditedRequest request,
        CancellationToken cancellationToken
    )
    {
        if (AttestRules.Check(stated) is { } broken)
        {
            return (null, broken);
        }

        while (await attestations.GetAsync(tenant, id, cancellationToken) is { Document: var attestation } seen)
        {
            if (Closed(attestation) is { } closed)
            {
                return
                    IsSame(attestation.Dataset, stated)
                    && ReceivedFilters.IsSame(attestation.Fingerprints, stated.Fingerprints)
                    ? (attestation, null)
                    : (null, closed);
            }

            var received = await ReceiveAsync(tenant, id, cancellationToken);
            if (Compare(received, stated) is { } refusal)
            {
                Log.AttestationRefused(logger, id, refusal.Code, Log.Hash(tenant));
                return (null, refusal);
            }

            var (filter, unfit) = await filters.CheckAsync(tenant, attestation, stated.Fingerprints, cancellationToken);
            if (unfit is not null)
            {
                Log.AttestationRefused(logger, id, unfit.Code, Log.Hash(tenant));
                return (null, unfit);
            }

            var prediction = await PredictAsync(tenant, attestation, received, cancellationToken);
            var completed = State(attestation, stated, received, prediction) with { Fingerprints = filter };
            var signed = await signer.SignAsync(DatasetStatement.Of(completed), cancellationToken);
            var complete = completed with
            {
                StatementSha256 = Convert.ToHexStringLower(SHA256.HashData(signed.Signed.Payload.Span)),
            };
            var writes = statements.Store(new StatementPlace(tenant, id, StatementKinds.Dataset), signed);
            var (done, used) = await CountAsync(seen, complete, writes, request, cancellationToken);
            if (done || used is not null)
            {
                return done ? (complete, null) : (null, used);
            }
        }

        return (null, Problem.NotFound("attestation"));
    }

    /// <summary>
    /// Makes it complete and counts it, in one transaction; neither where somebody else changed the attestation. Where only the counter
    /// changed, another attestation was completed meanwhile: what was computed of this one still holds.
    /// </summary>
    private async Task<(bool Done, Problem? Refusal)> CountAsync(
        StoredAttestation seen,
        Attestation complete,
        IReadOnlyList<ItemWrite> writes,
        AuditedRequest request,
        CancellationToken cancellationToken
    )
    {
        var tenant = seen.Item.Key.Tenant;
        while (true)
        {
            var charge = await usage.ChargeAsync(tenant, Quota.Attestations, 1, cancellationToken: cancellationToken);
            if (charge.Write is null)
            {
                return (false, PlanProblems.NoMoreAttestations(charge, clock.GetUtcNow()));
            }

            if (await attestations.CompleteAsync(seen, complete, [.. writes, charge.Write], request, cancellationToken))
            {
                log.Wake();
                metrics.Count(Metric.Attestations);
                Log.AttestationCompleted(logger, complete.Id, complete.Dataset.Records ?? 0, Log.Hash(tenant));
                return (true, null);
            }

            var now = await attestations.GetAsync(tenant, complete.Id, cancellationToken);
            if (now?.Item.Version != seen.Item.Version)
            {
                return (false, null);
            }
        }
    }

    /// <summary>Why an attestation takes no more chunks and no completion; null where it does.</summary>
    public static Problem? Closed(Attestation attestation) =>
        attestation.Revoked is not null
            ? new(
                StatusCodes.Status409Conflict,
                "attestation_revoked",
                "This attestation was revoked: begin a new one."
            )
        : attestation.Status == Attestation.Complete
            ? new(
                StatusCodes.Status409Conflict,
                "already_complete",
                "This attestation is complete and cannot change: begin a new one."
            )
        : null;

    private static bool IsSame(AttestedDataset dataset, CompleteAttestation stated) =>
        dataset.Statistics is { } statistics
        && (dataset.Records, dataset.Root, dataset.Chunks) == (stated.Records, stated.Root, stated.Chunks)
        && statistics
            .Scripts.OrderBy(s => s.Key, StringComparer.Ordinal)
            .SequenceEqual(stated.Statistics.Scripts.OrderBy(s => s.Key, StringComparer.Ordinal))
        && statistics == stated.Statistics with { Scripts = statistics.Scripts };

    private async Task<ReceivedChunks> ReceiveAsync(TenantId tenant, string id, CancellationToken cancellationToken)
    {
        var received = new ReceivedChunks();
        await foreach (var (number, chunk) in attestations.ChunksAsync(tenant, id, cancellationToken))
        {
            received.Add(number, chunk);
        }

        return received;
    }

    private Attestation State(
        Attestation uploading,
        CompleteAttestation stated,
        ReceivedChunks received,
        PlanPrediction? prediction
    ) =>
        uploading with
        {
            Status = Attestation.Complete,
            Dataset = uploading.Dataset with
            {
                Records = stated.Records,
                Chunks = stated.Chunks,
                Root = stated.Root,
                Statistics = stated.Statistics,
                Totals = received.Totals,
            },
            Prediction = prediction,
            CompletedAt = clock.GetUtcNow(),
        };

    private static Problem? Compare(ReceivedChunks received, CompleteAttestation stated)
    {
        var missing = received.Missing(stated.Chunks);
        return missing.Count > 0
                ? Refuse("chunks_missing", "Send the chunks that are missing, then complete again.") with
                {
                    Missing = missing,
                }
            : received.Count != stated.Chunks || received.Records != stated.Records || !received.IsContiguous
                ? Refuse(
                    "records_mismatch",
                    $"{received.Records} records in {received.Count} chunks were received, {stated.Records} in {stated.Chunks} were stated; only the last chunk may be shorter than {DatasetChunk.Records}."
                )
            : received.Root.ToString() != stated.Root
                ? Refuse(
                    "root_mismatch",
                    "The root over the chunks received is another one: the dataset changed, or a chunk is not of it."
                )
            : received.Totals[0] != stated.Statistics.TrainedBytes
                ? Refuse("statistics_mismatch", "trained_bytes is not the sum of the bytes of the records received.")
            : received.Totals.Any(total => total >= DatasetEntry.ValueLimit)
                ? Refuse("totals_too_large", "A feature summed over the records is not below 2^53.")
            : null;
    }

    private static Problem Refuse(string code, string detail) =>
        new(StatusCodes.Status422UnprocessableEntity, code, detail);

    private async Task<PlanPrediction?> PredictAsync(
        TenantId tenant,
        Attestation attestation,
        ReceivedChunks received,
        CancellationToken cancellationToken
    )
    {
        if (attestation.Plan is not { } plan)
        {
            return null;
        }

        var first = new List<RecordFeatures>();
        var wanted = Math.Min(received.Records, (long)PlanPrediction.FirstStepsLimit * plan.Batch);
        for (
            var n = 0;
            plan.Order == PlanOrder.Sequential
                && first.Count < wanted
                && n < Math.Min(received.Count, ChunksToPredictFrom);
            n++
        )
        {
            var chunk = await attestations.ReadChunkAsync(tenant, attestation.Id, n, cancellationToken);
            first.AddRange(Enumerable.Range(0, chunk.Count).Select(chunk.Features));
        }

        // A batch cut by the limit would be predicted from a part of its records.
        var whole = first.Count < wanted ? first.Count - (first.Count % plan.Batch) : first.Count;
        return PlanPrediction.From(plan, received.Moments, first.Take(whole));
    }
}
