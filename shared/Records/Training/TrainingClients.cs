using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;
using Lace.Records.Tenancy;

namespace Lace.Records.Training;

/// <summary>A training client and its item: who changes it must have seen the newest.</summary>
internal sealed record StoredClient(TrainingClient Client, Item Item);

/// <summary>A training client in its tenant's list.</summary>
internal sealed record ClientEntry(string Id);

/// <summary>A training client that has something to run.</summary>
internal sealed record WaitingClient(string Tenant, string ClientId);

/// <summary>Training clients of all tenants. Ids are checked here: one that cannot be an id is simply not found.</summary>
internal sealed class TrainingClients(IItemStore items, IKeyService keys, AuditTrail audit, TimeProvider clock)
{
    private readonly Usage usage = new(items, clock);

    /// <summary>A new training client under a fresh id, with keys of its own and an unspent budget; null where the tenant's plan has no more.</summary>
    /// <exception cref="ArgumentException">The privacy is not covered; the message says why.</exception>
    public async Task<(TrainingClient? Client, Charge Charge)> CreateAsync(
        TenantId tenant,
        TrainingConfig config,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    )
    {
        var ledger = config.Privacy is { } privacy
            ? BudgetRecord.Open(
                privacy,
                config.Sampling
                    ?? throw new ArgumentException("Without the number of records no ε is stated.", nameof(config))
            )
            : null;
        while (true)
        {
            var charge = await usage.ChargeAsync(
                tenant,
                Quota.TrainingClients,
                1,
                () => CountAsync(tenant, cancellationToken),
                cancellationToken
            );
            if (charge.Write is null)
            {
                return (null, charge);
            }

            var now = clock.GetUtcNow();
            var id = RandomId.At(TrainingClient.IdPrefix, now);
            using var payload = await keys.GenerateDataKeyAsync(tenant, Payloads.KeyContext(id), cancellationToken);
            using var noise = await keys.GenerateDataKeyAsync(tenant, Payloads.NoiseContext(id), cancellationToken);
            var client = new TrainingClient(id, config, now, payload.Wrapped.ToArray(), noise.Wrapped.ToArray());
            List<ItemWrite> writes =
            [
                ItemWrite.Create(TrainingIds.Meta(tenant, id), Json(client)),
                ItemWrite.Create(
                    new ItemKey(tenant, TrainingIds.Clients, id),
                    JsonSerializer.Serialize(new ClientEntry(id), TrainingJson.Default.ClientEntry)
                ),
                charge.Write,
            ];
            if (ledger is not null)
            {
                writes.Add(ItemWrite.Create(TrainingIds.Ledger(tenant, id), Json(ledger)));
            }

            var operation = new AuditedOperation(AuditOperation.TrainingClientCreate, id, request)
            {
                Produced = [id],
                Consumed = config.AttestationId is { } attestation ? [attestation] : [],
            };
            if (await audit.TransactAsync(tenant, operation, writes, cancellationToken))
            {
                return (client, charge);
            }
        }
    }

    /// <summary>Null where the tenant has no such training client.</summary>
    public async Task<StoredClient?> GetAsync(
        TenantId tenant,
        string id,
        CancellationToken cancellationToken = default
    ) =>
        TrainingIds.IsClient(id) && await items.GetAsync(TrainingIds.Meta(tenant, id), cancellationToken) is { } item
            ? new StoredClient(item.Read(TrainingJson.Default.TrainingClient), item)
            : null;

    /// <summary>One page of those that are not terminated, newest first.</summary>
    public async Task<(IReadOnlyList<TrainingClient> Page, string? Next)> ListAsync(
        TenantId tenant,
        int limit,
        string? after,
        CancellationToken cancellationToken = default
    )
    {
        var query = new ItemQuery(tenant, TrainingIds.Clients, After: after, Limit: limit, Descending: true);
        var page = await items.QueryAsync(query, cancellationToken);
        var clients = new List<TrainingClient>();
        foreach (var entry in page.Items)
        {
            if (await GetAsync(tenant, entry.Key.Sort, cancellationToken) is { } stored)
            {
                clients.Add(stored.Client);
            }
        }

        return (clients, page.Next);
    }

    /// <summary>The budget as it stands; null without differential privacy.</summary>
    public async Task<BudgetRecord?> BudgetAsync(
        TenantId tenant,
        string id,
        CancellationToken cancellationToken = default
    ) => (await LedgerAsync(items, tenant, id, cancellationToken))?.Budget;

    /// <summary>
    /// Ends the client: it takes nothing more, and what has not begun never will. It leaves the list; its artifacts and futures stay. Null
    /// where the tenant has none of that id.
    /// </summary>
    public async Task<TrainingClient?> TerminateAsync(
        TenantId tenant,
        string id,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    )
    {
        while (await GetAsync(tenant, id, cancellationToken) is { } stored)
        {
            if (stored.Client.IsTerminated)
            {
                return stored.Client;
            }

            var ended = stored.Client with { TerminatedAt = clock.GetUtcNow() };
            ItemWrite[] writes =
            [
                ItemWrite.Replace(stored.Item, Json(ended)),
                new(new ItemKey(tenant, TrainingIds.Clients, id), null, WriteCondition.None),
                new(TrainingIds.WaitingOf(tenant, id), null, WriteCondition.None),
                await usage.ReleaseAsync(tenant, Quota.TrainingClients, 1, cancellationToken),
            ];
            var operation = new AuditedOperation(AuditOperation.TrainingClientDelete, id, request);
            if (await audit.TransactAsync(tenant, operation, writes, cancellationToken))
            {
                return ended;
            }
        }

        return null;
    }

    /// <summary>Clients that have something to run, of all tenants.</summary>
    public async IAsyncEnumerable<(TenantId Tenant, string ClientId)> WaitingAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var item in items.AllAsync(TenantId.Service, TrainingIds.Waiting, "", cancellationToken))
        {
            var waiting = item.Read(TrainingJson.Default.WaitingClient);
            yield return (new TenantId(waiting.Tenant), waiting.ClientId);
        }
    }

    private async Task<long> CountAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var _ in items.AllAsync(tenant, TrainingIds.Clients, "", cancellationToken))
        {
            count++;
        }

        return count;
    }

    internal static async Task<(BudgetRecord Budget, Item Item)?> LedgerAsync(
        IItemStore items,
        TenantId tenant,
        string id,
        CancellationToken cancellationToken
    ) =>
        TrainingIds.IsClient(id) && await items.GetAsync(TrainingIds.Ledger(tenant, id), cancellationToken) is { } item
            ? (BudgetRecord.Of(item.Read(TrainingJson.Default.StoredLedger)), item)
            : null;

    internal static string Json(TrainingClient client) =>
        JsonSerializer.Serialize(client, TrainingJson.Default.TrainingClient);

    internal static string Json(BudgetRecord budget) =>
        JsonSerializer.Serialize(budget.Stored, TrainingJson.Default.StoredLedger);

    internal static string Json(Operation operation) =>
        JsonSerializer.Serialize(operation, TrainingJson.Default.Operation);

    internal static ItemWrite Waits(TenantId tenant, string id) =>
        ItemWrite.Put(
            TrainingIds.WaitingOf(tenant, id),
            JsonSerializer.Serialize(new WaitingClient(tenant.Value, id), TrainingJson.Default.WaitingClient)
        );
}
