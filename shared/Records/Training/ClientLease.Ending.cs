using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;
using Lace.Records.Tenancy;

namespace Lace.Records.Training;

/// <content>The end of an operation: its result, its charge, its audit entry and what it made are there together, or none of it.</content>
internal sealed partial class ClientLease
{
    /// <summary>Characters of an error's message in an audit entry.</summary>
    private const int MaxMessage = 1000;

    /// <summary>Ends an operation with its result. All of it is in one transaction.</summary>
    /// <exception cref="PlanUsedUpException">The plan has no room for the artifact: nothing was written, and the operation has not ended.</exception>
    public async Task CompleteAsync(
        Operation operation,
        Payloads payloads,
        Completion completion,
        CancellationToken cancellationToken = default
    )
    {
        var result = await payloads.SealAsync(Payloads.ResultName(operation.Seq), completion.Result, cancellationToken);
        await EndAsync(
            operation with
            {
                Status = OperationStatus.Completed,
                Result = result,
            },
            client => completion.Change(client with { Step = completion.Step, Error = null }),
            budget => budget.Commit(operation.Seq),
            completion,
            cancellationToken
        );
    }

    /// <summary>Ends an operation that failed. The session is as it was before it.</summary>
    /// <param name="certainlyUntouched">No noise was drawn for it, in this attempt or another: its charge is given back.</param>
    public Task FailAsync(
        Operation operation,
        OperationError error,
        bool certainlyUntouched,
        CancellationToken cancellationToken = default
    ) =>
        EndAsync(
            operation with
            {
                Status = OperationStatus.Failed,
                Error = error,
            },
            client => client with { StepsAccepted = client.StepsAccepted - operation.Steps },
            budget => certainlyUntouched ? budget.Release(operation.Seq) : budget.Commit(operation.Seq),
            null,
            cancellationToken
        );

    private async Task EndAsync(
        Operation ended,
        Func<TrainingClient, TrainingClient> change,
        Func<BudgetRecord, BudgetRecord> charge,
        Completion? completion,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var (client, item) = await ReadAsync(cancellationToken);
            var (now, place) =
                await OperationAsync(ended.Seq, cancellationToken)
                ?? throw new InvalidDataException($"{ended.FutureId} is gone from the store.");
            if (now.HasEnded)
            {
                throw new InvalidOperationException($"{ended.FutureId} has ended already.");
            }

            var ledger = await TrainingClients.LedgerAsync(items, Tenant, ClientId, cancellationToken);
            var budget = ledger is { } before ? charge(before.Budget) : null;
            var after = change(Kept(client)) with
            {
                NextToRun = ended.Seq + 1,
                Pending = client.Pending - 1,
                Lease = Kept(client).Lease! with { Starts = 0 },
            };
            List<ItemWrite> writes =
            [
                ItemWrite.Replace(place, TrainingClients.Json(ended with { CompletedAt = clock.GetUtcNow() })),
                ItemWrite.Replace(item, TrainingClients.Json(after)),
                .. completion?.Also ?? [],
            ];
            if (budget is not null)
            {
                writes.Add(ItemWrite.Replace(ledger!.Value.Item, TrainingClients.Json(budget)));
            }

            if (completion is { ArtifactBytes: > 0 and var bytes })
            {
                writes.Add(await ChargeAsync(bytes, cancellationToken));
            }

            if (await audit.TransactAsync(Tenant, Audited(ended, completion, budget), writes, cancellationToken))
            {
                Client = after;
                return;
            }
        }
    }

    private async Task<ItemWrite> ChargeAsync(long bytes, CancellationToken cancellationToken)
    {
        var usage = new Usage(items, clock);
        var charge = await usage.ChargeAsync(
            Tenant,
            Quota.ArtifactBytes,
            bytes,
            () => StoredBytesAsync(cancellationToken),
            cancellationToken
        );
        return charge.Write ?? throw new PlanUsedUpException(charge);
    }

    private async Task<long> StoredBytesAsync(CancellationToken cancellationToken)
    {
        var sum = 0L;
        await foreach (var item in items.AllAsync(Tenant, TrainingIds.Artifacts, "", cancellationToken))
        {
            sum += item.Read(TrainingJson.Default.Artifact).Blob.SealedBytes;
        }

        return sum;
    }

    private static AuditedOperation Audited(Operation ended, Completion? completion, BudgetRecord? budget) =>
        new(
            ended.Kind.Audited(),
            ended.FutureId,
            new AuditedRequest(Hash(ended.RequestHash), ended.Request.Length, ended.StartedAt ?? ended.CreatedAt)
        )
        {
            Phase = ended.Status == OperationStatus.Completed ? AuditPhase.Completed : AuditPhase.Failed,
            Produced = completion?.Produced ?? [],
            Consumed = completion?.Consumed ?? [],
            ErrorCode = ended.Error?.Code,
            ErrorMessage = ended.Error is { Message: var message }
                ? message[..Math.Min(message.Length, MaxMessage)]
                : null,
            DpMetrics = budget is null
                ? ReadOnlyMemory<byte>.Empty
                : JsonSerializer.SerializeToUtf8Bytes(budget.Metrics, TrainingJson.Default.ChargedMetrics),
        };

    private static MerkleHash Hash(string hex) =>
        MerkleHash.TryParse(hex, out var hash) ? hash : throw new InvalidDataException("A stored hash is none.");
}
