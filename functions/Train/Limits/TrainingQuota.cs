using Lace.Functions.Problems;
using Lace.Platform;
using Lace.Records.Training;

namespace Lace.Functions.Train.Limits;

/// <summary>How much of its plan a tenant has in use.</summary>
internal sealed class TrainingQuota(ServicePlan plan, TrainingClients clients)
{
    private const int PageClients = 100;

    /// <summary>Why the tenant gets no more training clients; null where it does.</summary>
    public async Task<Problem?> ClientsRefusalAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var (live, _) = await CountAsync(tenant, cancellationToken);
        return live < plan.Clients ? null : TrainProblems.TooManyClients(live);
    }

    /// <summary>Why the tenant's operations are not accepted for now; null where they are.</summary>
    /// <remarks>Counted before the operation is accepted, so callers that come at once may each take what they saw free.</remarks>
    public async Task<Problem?> PendingRefusalAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var (_, pending) = await CountAsync(tenant, cancellationToken);
        return pending < plan.Pending ? null : TrainProblems.QueueFull(pending);
    }

    private async Task<(int Live, int Pending)> CountAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var (live, pending) = (0, 0);
        string? after = null;
        do
        {
            (var page, after) = await clients.ListAsync(tenant, PageClients, after, cancellationToken);
            foreach (var client in page.Where(client => !client.IsTerminated))
            {
                live++;
                pending += client.Pending;
            }
        } while (after is not null);

        return (live, pending);
    }
}
