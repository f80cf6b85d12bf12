using Lace.Evidence.LossLog;
using Lace.Platform;

namespace Lace.Records.Training;

/// <summary>Ends the runs that trainings are logged into.</summary>
internal sealed class TrainingRuns(
    IItemStore items,
    IBlobStore blobs,
    IKeyService keys,
    TrainingClients clients,
    TimeProvider clock
)
{
    /// <summary>
    /// Logs that the training of a terminated client is over, and sends what may not have been sent. Nothing happens where it has no
    /// run, or was ended before; safe to repeat.
    /// </summary>
    /// <param name="losses">The queue of loss segments.</param>
    public async Task FinishAsync(
        TenantId tenant,
        string clientId,
        IQueue losses,
        CancellationToken cancellationToken = default
    )
    {
        while (
            await clients.GetAsync(tenant, clientId, cancellationToken)
                is { Client: { IsTerminated: true, Config.RunId: { } runId, RunLog: { } state } client, Item: var item }
        )
        {
            var after = state;
            if (!state.Finished)
            {
                using var log = await RunLog.OpenAsync(items, blobs, keys, tenant, clientId, runId, cancellationToken);
                if (log is null)
                {
                    return;
                }

                after = await log.AppendAsync(
                    state,
                    [new FinishItem(clock.GetUtcNow().ToUnixTimeMilliseconds(), state.Points, 0)],
                    cancellationToken
                );
                var document = TrainingClients.Json(client with { RunLog = after });
                if (!await items.WriteAsync(ItemWrite.Replace(item, document), cancellationToken))
                {
                    continue;
                }
            }

            await RunLog.SendAsync(blobs, tenant, losses, after.Unsent, cancellationToken);
            return;
        }
    }
}
