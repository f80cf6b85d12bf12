using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Platform;
using Lace.Records.Tenancy;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>Whether a tenant's plan has room for one more operation.</summary>
internal sealed class TrainingQuota(Usage usage, TrainingClients clients)
{
    private const int PageClients = 100;

    /// <summary>Why the tenant's operations are not accepted for now; null where they are.</summary>
    /// <remarks>Counted before the operation is accepted, so callers that come at once may each take what they saw free.</remarks>
    public async Task<Problem?> PendingRefusalAsync(
        TenantId tenant,
        ServicePlan plan,
        CancellationToken cancellationToken
    )
    {
        var pending = 0;
        string? after = null;
        do
        {
            (var page, after) = await clients.ListAsync(tenant, PageClients, after, cancellationToken);
            pending += page.Where(client => !client.IsTerminated).Sum(client => client.Pending);
        } while (after is not null);

        return pending < plan.Pending ? null : TrainProblems.QueueFull(pending);
    }

    /// <summary>Why no artifact is made any more; null where one is. Whether it fits when it is made is decided by the worker.</summary>
    public async Task<Problem?> ArtifactsRefusalAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var charge = await usage.ChargeAsync(tenant, Quota.ArtifactBytes, 1, cancellationToken: cancellationToken);
        return charge.Write is null ? PlanProblems.NoRoomForArtifacts(charge) : null;
    }
}
