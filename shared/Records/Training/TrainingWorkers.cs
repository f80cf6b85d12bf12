using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Records.Training;

/// <summary>Sees to it that a worker has each training client that has something to run.</summary>
/// <remarks>A job is named after the claim that it is to make, so that any number of hosts that find the same client start one worker.</remarks>
internal sealed class TrainingWorkers(IItemStore items, IJobs jobs, TrainingClients clients, TimeProvider clock)
{
    /// <summary>The program of <see cref="IJobs"/> that is a worker.</summary>
    public const string Program = "worker";

    /// <summary>Jobs for one claim that end without having made it, before the client is said to be unusable.</summary>
    private const int MaxAttempts = 5;

    /// <summary>Starts a worker where none has the client. Nothing is lost without it: <see cref="EnsureAllAsync"/> looks as well.</summary>
    public async Task EnsureAsync(TenantId tenant, string clientId, CancellationToken cancellationToken = default)
    {
        if (
            await clients.GetAsync(tenant, clientId, cancellationToken) is not { Client: var client, Item: var item }
            || client.IsTerminated
            || client.Pending == 0
        )
        {
            return;
        }

        if (client.Lease is { } lease && lease.Until > clock.GetUtcNow())
        {
            if (await jobs.DescribeAsync(tenant, lease.Owner, cancellationToken) is not { } owner || !HasEnded(owner))
            {
                return;
            }

            // Its process is gone for certain: there is no need to wait for the lease to run out.
            var broken = client with
            {
                Lease = lease with { Until = DateTimeOffset.UnixEpoch },
            };
            await items.WriteAsync(ItemWrite.Replace(item, TrainingClients.Json(broken)), cancellationToken);
        }

        await StartAsync(tenant, client, cancellationToken);
    }

    /// <summary>As <see cref="EnsureAsync"/>, for every client that waits.</summary>
    public async Task EnsureAllAsync(CancellationToken cancellationToken = default)
    {
        var waiting = new List<(TenantId Tenant, string ClientId)>();
        await foreach (var client in clients.WaitingAsync(cancellationToken))
        {
            waiting.Add(client);
        }

        foreach (var (tenant, clientId) in waiting)
        {
            await EnsureAsync(tenant, clientId, cancellationToken);
        }
    }

    private async Task StartAsync(TenantId tenant, TrainingClient client, CancellationToken cancellationToken)
    {
        JobState? last = null;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var name = $"{client.Id}.{(client.Lease?.Generation ?? 0) + 1}.{attempt}";
            last = await jobs.SubmitAsync(
                new JobRequest(
                    tenant,
                    name,
                    Program,
                    ["--client", client.Id],
                    new Dictionary<string, string>(StringComparer.Ordinal)
                ),
                cancellationToken
            );
            if (!HasEnded(last))
            {
                return;
            }
        }

        await GiveUpAsync(tenant, client.Id, last?.Reason, cancellationToken);
    }

    private async Task GiveUpAsync(
        TenantId tenant,
        string clientId,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        while (await clients.GetAsync(tenant, clientId, cancellationToken) is { } stored)
        {
            var error = new OperationError(
                "WORKER_UNAVAILABLE",
                $"No worker could be started for this training client: {reason ?? "it ended at once"}.",
                OperationError.Server
            );
            ItemWrite[] writes =
            [
                ItemWrite.Replace(stored.Item, TrainingClients.Json(stored.Client with { Error = error })),
                new(TrainingIds.WaitingOf(tenant, clientId), null, WriteCondition.None),
            ];
            if (await items.TransactAsync(writes, cancellationToken))
            {
                return;
            }
        }
    }

    private static bool HasEnded(JobState job) =>
        job.Status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Cancelled;
}
