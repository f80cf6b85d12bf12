using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;

namespace Lace.Records.Training;

/// <summary>The lease was lost: another worker has the client. Whoever had it stops at once and writes nothing more.</summary>
internal sealed class LeaseLostException(string clientId)
    : Exception($"The lease of {clientId} was lost: another worker has it.");

/// <summary>What goes with the end of an operation into its transaction.</summary>
/// <param name="Result">JSON.</param>
/// <param name="Step">Optimizer steps in the weights by now.</param>
/// <param name="ArtifactBytes">Sealed bytes of what it made, which the tenant's plan has to have room for.</param>
internal sealed record Completion(
    ReadOnlyMemory<byte> Result,
    long Step,
    IReadOnlyList<ItemWrite>? Also = null,
    IReadOnlyCollection<string>? Produced = null,
    IReadOnlyCollection<string>? Consumed = null,
    RunLogState? RunLog = null,
    long ArtifactBytes = 0
)
{
    /// <summary>A run that was ended meanwhile takes no more losses.</summary>
    internal TrainingClient Change(TrainingClient client) =>
        RunLog is null || client.RunLog is { Finished: true } ? client : client with { RunLog = RunLog };
}

/// <summary>A worker's hold on one training client: the log in order, and the only way to end what is in it.</summary>
/// <remarks>
/// Every write replaces the client's item, and with it checks the lease by its generation: a worker that was thought dead and comes
/// back ends nothing. An operation is begun (attempt counted), done in memory, then ended in one transaction with its result, its charge
/// and its audit entry. Killed before that transaction, it is done again by the next worker with the same keys, and so the same bits;
/// killed after it, it is done again only in memory.
/// </remarks>
internal sealed partial class ClientLease
{
    private readonly IItemStore items;
    private readonly AuditTrail audit;
    private readonly TimeProvider clock;
    private readonly TimeSpan duration;
    private readonly WorkerLease mine;

    private ClientLease(
        IItemStore items,
        AuditTrail audit,
        TimeProvider clock,
        TenantId tenant,
        TrainingClient client,
        TimeSpan duration
    )
    {
        (this.items, this.audit, this.clock, this.duration) = (items, audit, clock, duration);
        (Tenant, Client, mine) = (tenant, client, client.Lease!);
    }

    public TenantId Tenant { get; }

    /// <summary>As it was last seen.</summary>
    public TrainingClient Client { get; private set; }

    public string ClientId => Client.Id;

    /// <summary>Claims without progress, this one included.</summary>
    public int Starts => mine.Starts;

    /// <summary>Takes the client; null where there is none, it is terminated, or a worker has it.</summary>
    /// <param name="owner">Names the worker: its job.</param>
    /// <param name="duration">How long the lease holds without <see cref="ExtendAsync"/>.</param>
    public static async Task<ClientLease?> ClaimAsync(
        IItemStore items,
        AuditTrail audit,
        TimeProvider clock,
        TenantId tenant,
        string clientId,
        string owner,
        TimeSpan duration,
        CancellationToken cancellationToken = default
    )
    {
        while (
            TrainingIds.IsClient(clientId)
            && await items.GetAsync(TrainingIds.Meta(tenant, clientId), cancellationToken) is { } item
        )
        {
            var client = item.Read(TrainingJson.Default.TrainingClient);
            var now = clock.GetUtcNow();
            if (client.IsTerminated || client.Lease?.Until > now)
            {
                return null;
            }

            var claimed = client with
            {
                Lease = new WorkerLease(
                    owner,
                    (client.Lease?.Generation ?? 0) + 1,
                    now + duration,
                    (client.Lease?.Starts ?? 0) + 1
                ),
            };
            if (await items.WriteAsync(ItemWrite.Replace(item, TrainingClients.Json(claimed)), cancellationToken))
            {
                return new ClientLease(items, audit, clock, tenant, claimed, duration);
            }
        }

        return null;
    }

    /// <summary>The heartbeat.</summary>
    /// <exception cref="LeaseLostException">Another worker has the client.</exception>
    public Task ExtendAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(client => client, cancellationToken);

    /// <summary>The first operation that has not ended; null where there is none, or the one whose turn it is was not sent yet.</summary>
    public async Task<Operation?> NextAsync(CancellationToken cancellationToken = default)
    {
        var (client, _) = await ReadAsync(cancellationToken);
        if (client.IsTerminated)
        {
            return null;
        }

        for (var seq = client.NextToRun; client.Has(seq); seq++)
        {
            if (await OperationAsync(seq, cancellationToken) is ({ HasEnded: false } operation, _))
            {
                return operation;
            }
        }

        return null;
    }

    /// <summary>Completed operations after a place that a session has to be taken through again, in order.</summary>
    public async IAsyncEnumerable<Operation> ReplayAsync(
        long after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var (client, _) = await ReadAsync(cancellationToken);
        for (var seq = after + 1; seq < client.NextToRun; seq++)
        {
            if (
                await OperationAsync(seq, cancellationToken) is
                ({ Status: OperationStatus.Completed, ChangesSession: true } operation, _)
            )
            {
                yield return operation;
            }
        }
    }

    /// <summary>Counts an attempt; null where the operation was cancelled meanwhile.</summary>
    public async Task<Operation?> BeginAsync(Operation operation, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (client, item) = await ReadAsync(cancellationToken);
            if (
                client.IsTerminated
                || await OperationAsync(operation.Seq, cancellationToken) is not ({ HasEnded: false } now, var place)
            )
            {
                return null;
            }

            var begun = now with
            {
                Status = OperationStatus.Running,
                Attempts = now.Attempts + 1,
                StartedAt = now.StartedAt ?? clock.GetUtcNow(),
            };
            ItemWrite[] writes =
            [
                ItemWrite.Replace(place, TrainingClients.Json(begun)),
                ItemWrite.Replace(item, TrainingClients.Json(Kept(client))),
            ];
            if (await items.TransactAsync(writes, cancellationToken))
            {
                return begun;
            }
        }
    }

    /// <summary>Part of the run's log, before losses that belong to it.</summary>
    public Task LogRunAsync(RunLogState state, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            client => client.RunLog is { Finished: true } ? client : client with { RunLog = state },
            cancellationToken
        );

    /// <summary>The model could be opened, and these are its base weights.</summary>
    public Task OpenedAsync(string baseDigest, CancellationToken cancellationToken = default) =>
        ChangeAsync(client => client with { BaseDigest = baseDigest, Error = null }, cancellationToken);

    /// <summary>The next worker goes on from this state; returns the one before it, which nothing names any more.</summary>
    public async Task<SuspendedState?> KeepStateAsync(
        SuspendedState state,
        CancellationToken cancellationToken = default
    )
    {
        SuspendedState? before = null;
        await ChangeAsync(
            client =>
            {
                before = client.State;
                return client with { State = state, Lease = client.Lease! with { Starts = 0 } };
            },
            cancellationToken
        );
        return before;
    }

    /// <summary>The client cannot be worked on; it says why, and no worker is started for it until something more is asked of it.</summary>
    public async Task GiveUpAsync(OperationError error, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (client, item) = await ReadAsync(cancellationToken);
            ItemWrite[] writes =
            [
                ItemWrite.Replace(item, TrainingClients.Json(Kept(client) with { Error = error })),
                NoLongerWaits,
            ];
            if (await items.TransactAsync(writes, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>Gives the client back, if nothing can be run; false where something came meanwhile.</summary>
    public async Task<bool> ReleaseAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var next = await NextAsync(cancellationToken);
            var (client, item) = await ReadAsync(cancellationToken);
            if (next is not null && !client.IsTerminated)
            {
                return false;
            }

            var free = client with { Lease = client.Lease! with { Until = DateTimeOffset.UnixEpoch } };
            List<ItemWrite> writes = [ItemWrite.Replace(item, TrainingClients.Json(free)), NoLongerWaits];
            if (await items.TransactAsync(writes, cancellationToken))
            {
                return true;
            }
        }
    }

    /// <summary>Gives the client back with whatever is left to do: another worker may go on at once.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            client => client with { Lease = client.Lease! with { Until = DateTimeOffset.UnixEpoch } },
            cancellationToken
        );

    // What waits for a place that was not sent yet is told of by the acceptance of that place.
    private ItemWrite NoLongerWaits => new(TrainingIds.WaitingOf(Tenant, ClientId), null, WriteCondition.None);

    private async Task ChangeAsync(Func<TrainingClient, TrainingClient> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (client, item) = await ReadAsync(cancellationToken);
            var after = change(Kept(client));
            if (await items.WriteAsync(ItemWrite.Replace(item, TrainingClients.Json(after)), cancellationToken))
            {
                Client = after;
                return;
            }
        }
    }

    private TrainingClient Kept(TrainingClient client) =>
        client with
        {
            Lease = client.Lease! with { Until = clock.GetUtcNow() + duration },
        };

    private async Task<(TrainingClient Client, Item Item)> ReadAsync(CancellationToken cancellationToken)
    {
        var item = await items.GetAsync(TrainingIds.Meta(Tenant, ClientId), cancellationToken);
        var client = item?.Read(TrainingJson.Default.TrainingClient);
        if (
            item is null
            || client?.Lease is not { } lease
            || lease.Generation != mine.Generation
            || lease.Owner != mine.Owner
        )
        {
            throw new LeaseLostException(ClientId);
        }

        Client = client;
        return (client, item);
    }

    private async Task<(Operation Operation, Item Item)?> OperationAsync(
        long seq,
        CancellationToken cancellationToken
    ) =>
        await items.GetAsync(TrainingIds.Operation(Tenant, ClientId, seq), cancellationToken) is { } item
            ? (item.Read(TrainingJson.Default.Operation), item)
            : null;
}
