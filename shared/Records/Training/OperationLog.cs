using System.Security.Cryptography;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;

namespace Lace.Records.Training;

/// <summary>What became of a request.</summary>
internal enum AcceptOutcome
{
    /// <summary>It has its place, its charge and its audit entry.</summary>
    Accepted,

    /// <summary>The same request was accepted under this place before: that one counts, and nothing was charged again.</summary>
    Repeated,

    /// <summary>Another request has the place.</summary>
    SeqConflict,

    /// <summary>The place is more than <see cref="OperationLog.MaxAhead"/> beyond the next one.</summary>
    SeqTooFar,

    /// <summary>Its steps would exceed the privacy budget. Nothing was written.</summary>
    BudgetExceeded,

    /// <summary>Its steps would be more than the client was made for.</summary>
    MaxStepsReached,

    QueueFull,
    Terminated,
    ClientNotFound,
    ArtifactNotFound,
}

/// <param name="Operation">Accepted now or before; null where refused.</param>
/// <param name="Client">As it was when that was decided; null where there is none.</param>
internal sealed record Acceptance(AcceptOutcome Outcome, Operation? Operation = null, TrainingClient? Client = null);

/// <summary>An operation as those see it who wait for it.</summary>
/// <param name="Operation">Of a terminated client, what never began is cancelled, and what a lost worker ran has failed.</param>
/// <param name="WaitsForPlace">It waits for an operation before it that was not sent.</param>
internal sealed record OperationView(Operation Operation, bool WaitsForPlace);

/// <summary>The operation logs of all training clients: queue, idempotency record and source of the audit entries in one.</summary>
/// <remarks>
/// What is decided is decided by replacing the client's item on the condition that it is the one that was read. So ten callers that race
/// for the last step of a budget are answered one after another, and a worker that lost its lease ends nothing.
/// </remarks>
internal sealed class OperationLog(
    IItemStore items,
    IBlobStore blobs,
    IKeyService keys,
    AuditTrail audit,
    TrainingClients clients,
    Artifacts artifacts,
    TimeProvider clock
)
{
    /// <summary>How far a place may be beyond the next one.</summary>
    public const int MaxAhead = 1000;

    /// <summary>Operations of one client that have not ended.</summary>
    public const int MaxPending = 1000;

    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Gives a request its place. One transaction: the operation, the client, under privacy the charge, the audit entry. A sealed
    /// request that does not fit an item is written before it; a crash in between leaves a blob that nothing names.
    /// </summary>
    public async Task<Acceptance> AcceptAsync(
        TenantId tenant,
        string clientId,
        OperationRequest request,
        CancellationToken cancellationToken = default
    )
    {
        if (await clients.GetAsync(tenant, clientId, cancellationToken) is not { } stored)
        {
            return new(AcceptOutcome.ClientNotFound);
        }

        Artifact? loaded = null;
        if (request.ArtifactId is { } artifactId)
        {
            loaded = await artifacts.GetAsync(tenant, artifactId, cancellationToken);
            if (loaded is null)
            {
                return new(AcceptOutcome.ArtifactNotFound, Client: stored.Client);
            }
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(request.Body.Span));
        SealedPayload? payload = null;
        while (true)
        {
            var client = stored.Client;
            var seq = request.Seq ?? client.NextSeq;
            if (client.Has(seq))
            {
                return await RepeatAsync(tenant, client, seq, request.Kind, hash, cancellationToken);
            }

            if (Refusal(client, seq, request) is { } refusal)
            {
                return new(refusal, Client: client);
            }

            var ledger = await TrainingClients.LedgerAsync(items, tenant, clientId, cancellationToken);
            var budget = ledger?.Budget is { } before ? Reserve(before, seq, request, loaded, clientId) : null;
            if (ledger is not null && budget is null)
            {
                return new(AcceptOutcome.BudgetExceeded, Client: client);
            }

            payload ??= await SealAsync(tenant, client, hash, request.Body, cancellationToken);
            var operation = new Operation(
                clientId,
                seq,
                request.Kind,
                OperationStatus.Pending,
                hash,
                payload,
                request.Steps,
                clock.GetUtcNow()
            );
            var after = client.Accepting(seq, request.Steps);
            List<ItemWrite> writes =
            [
                ItemWrite.Create(TrainingIds.Operation(tenant, clientId, seq), TrainingClients.Json(operation)),
                ItemWrite.Replace(stored.Item, TrainingClients.Json(after)),
                TrainingClients.Waits(tenant, clientId),
            ];
            if (ledger is { } charged && !ReferenceEquals(charged.Budget, budget))
            {
                writes.Add(ItemWrite.Replace(charged.Item, TrainingClients.Json(budget!)));
            }

            var audited = new AuditedOperation(request.Kind.Audited(), operation.FutureId, request.Audited)
            {
                Phase = AuditPhase.Accepted,
                Consumed = loaded is null ? [] : [loaded.Id],
            };
            if (await audit.TransactAsync(tenant, audited, writes, cancellationToken))
            {
                return new(AcceptOutcome.Accepted, operation, after);
            }

            stored =
                await clients.GetAsync(tenant, clientId, cancellationToken)
                ?? throw new InvalidDataException($"The training client {clientId} is gone.");
        }
    }

    /// <summary>An operation by its future's id; null where the tenant has none.</summary>
    public async Task<OperationView?> GetAsync(
        TenantId tenant,
        string futureId,
        CancellationToken cancellationToken = default
    ) =>
        TrainingIds.ParseFuture(futureId) is var (clientId, seq)
        && await clients.GetAsync(tenant, clientId, cancellationToken) is { } stored
        && await ReadAsync(tenant, clientId, seq, cancellationToken) is var (operation, _)
            ? View(operation, stored.Client)
            : null;

    /// <summary>As <see cref="GetAsync"/>, but waits up to that long for the end.</summary>
    public async Task<OperationView?> WaitAsync(
        TenantId tenant,
        string futureId,
        TimeSpan atMost,
        CancellationToken cancellationToken = default
    )
    {
        var began = clock.GetTimestamp();
        for (var pause = FirstLook; ; pause = pause < LongestPause ? pause * 1.5 : LongestPause)
        {
            var view = await GetAsync(tenant, futureId, cancellationToken);
            var left = atMost - clock.GetElapsedTime(began);
            if (view is null or { Operation.HasEnded: true } || left <= TimeSpan.Zero)
            {
                return view;
            }

            await Task.Delay(left < pause ? left : pause, clock, cancellationToken);
        }
    }

    /// <summary>The result of a completed operation, as JSON.</summary>
    /// <exception cref="PayloadException">It cannot be read any more.</exception>
    public async Task<byte[]> ResultAsync(
        TenantId tenant,
        Operation operation,
        CancellationToken cancellationToken = default
    )
    {
        var stored =
            await clients.GetAsync(tenant, operation.ClientId, cancellationToken)
            ?? throw new PayloadException("The training client of the result is gone.");
        using var payloads = await Payloads.OpenAsync(keys, blobs, tenant, stored.Client, cancellationToken);
        return await payloads.OpenAsync(
            Payloads.ResultName(operation.Seq),
            operation.Result ?? throw new InvalidOperationException("The operation has no result."),
            cancellationToken
        );
    }

    /// <summary>
    /// Cancels what has not begun, and gives its charge back; false where it has begun or ended. One transaction; whether the worker or
    /// the caller was first is decided by the client's item.
    /// </summary>
    public async Task<bool> CancelAsync(
        TenantId tenant,
        string futureId,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    )
    {
        if (TrainingIds.ParseFuture(futureId) is not var (clientId, seq))
        {
            return false;
        }

        while (
            await clients.GetAsync(tenant, clientId, cancellationToken) is { } stored
            && await ReadAsync(tenant, clientId, seq, cancellationToken) is var (operation, item)
            && operation.Status == OperationStatus.Pending
            && !stored.Client.IsTerminated
        )
        {
            var cancelled = operation with { Status = OperationStatus.Cancelled, CompletedAt = clock.GetUtcNow() };
            var after = stored.Client with
            {
                Pending = stored.Client.Pending - 1,
                StepsAccepted = stored.Client.StepsAccepted - operation.Steps,
            };
            List<ItemWrite> writes =
            [
                ItemWrite.Replace(item, TrainingClients.Json(cancelled)),
                ItemWrite.Replace(stored.Item, TrainingClients.Json(after)),
            ];
            if (await TrainingClients.LedgerAsync(items, tenant, clientId, cancellationToken) is var (budget, ledger))
            {
                writes.Add(ItemWrite.Replace(ledger, TrainingClients.Json(budget.Release(seq))));
            }

            var audited = new AuditedOperation(AuditOperation.OperationCancel, futureId, request);
            if (await audit.TransactAsync(tenant, audited, writes, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    internal async Task<(Operation Operation, Item Item)?> ReadAsync(
        TenantId tenant,
        string clientId,
        long seq,
        CancellationToken cancellationToken
    ) =>
        await items.GetAsync(TrainingIds.Operation(tenant, clientId, seq), cancellationToken) is { } item
            ? (item.Read(TrainingJson.Default.Operation), item)
            : null;

    private static AcceptOutcome? Refusal(TrainingClient client, long seq, OperationRequest request) =>
        client.IsTerminated ? AcceptOutcome.Terminated
        : seq < 1 || seq > client.NextSeq + MaxAhead ? AcceptOutcome.SeqTooFar
        : client.Pending >= MaxPending ? AcceptOutcome.QueueFull
        : client.Config.MaxSteps is { } most && client.StepsAccepted + request.Steps > most && request.Steps > 0
            ? AcceptOutcome.MaxStepsReached
        : null;

    private static BudgetRecord? Reserve(
        BudgetRecord budget,
        long seq,
        OperationRequest request,
        Artifact? loaded,
        string clientId
    ) =>
        request.Steps > 0 ? budget.Reserve(seq, request.Steps, request.Kind == OperationKind.OptimStep)
        : loaded is not null && loaded.ClientId != clientId
            ? budget.Reserve(seq, loaded.History ?? [], loaded.DeclaredSteps > 0)
        : budget;

    private async Task<Acceptance> RepeatAsync(
        TenantId tenant,
        TrainingClient client,
        long seq,
        OperationKind kind,
        string hash,
        CancellationToken cancellationToken
    )
    {
        var (operation, _) =
            await ReadAsync(tenant, client.Id, seq, cancellationToken)
            ?? throw new InvalidDataException($"Place {seq} of {client.Id} is named by its client and not stored.");
        return operation.RequestHash == hash && operation.Kind == kind
            ? new(AcceptOutcome.Repeated, operation, client)
            : new(AcceptOutcome.SeqConflict, Client: client);
    }

    private async Task<SealedPayload> SealAsync(
        TenantId tenant,
        TrainingClient client,
        string hash,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        using var payloads = await Payloads.OpenAsync(keys, blobs, tenant, client, cancellationToken);
        return await payloads.SealAsync(Payloads.RequestName(hash), body, cancellationToken);
    }

    private OperationView View(Operation operation, TrainingClient client) =>
        new(
            client.IsTerminated ? OfTerminated(operation, client) : operation,
            !operation.HasEnded && operation.Seq > client.Contiguous
        );

    private Operation OfTerminated(Operation operation, TrainingClient client) =>
        operation.Status == OperationStatus.Pending ? operation with { Status = OperationStatus.Cancelled }
        : operation.Status == OperationStatus.Running && !(client.Lease?.Until > clock.GetUtcNow())
            ? operation with
            {
                Status = OperationStatus.Failed,
                Error = new OperationError(
                    "OPERATION_CRASHED",
                    "The worker ended while it ran this operation, and the training client was deleted.",
                    OperationError.Server
                ),
            }
        : operation;
}
