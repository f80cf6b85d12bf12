using Lace.Evidence.Audit;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Lace.Records.Training;

namespace Lace.Functions.Admin;

/// <summary>Ends a tenant: what its keys wrapped is unreadable for good.</summary>
internal sealed class TenantDeletion(
    Tenants tenants,
    ApiKeys apiKeys,
    TrainingClients clients,
    IKeyService keys,
    TimeProvider clock
)
{
    private const int PageClients = 100;

    /// <summary>
    /// Order: (1) the record says that the tenant is deleted, so nobody comes in any more; (2) its API keys are revoked; (3) its training
    /// clients take nothing more; (4) its keys are destroyed. A crash in between is mended by deleting once more, which does
    /// all of it again. Null where there is no such tenant.
    /// </summary>
    public async Task<Tenant?> DeleteAsync(string id, AuditedRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var deleted = await tenants.ChangeAsync(
            id,
            AuditOperation.TenantDelete,
            request,
            tenant => tenant with { DeletedAt = now },
            cancellationToken
        );
        if (deleted is null)
        {
            return null;
        }

        var tenant = new TenantId(deleted.Id);
        foreach (var key in await apiKeys.ListAsync(tenant, cancellationToken))
        {
            await apiKeys.RevokeAsync(key.Id, request, cancellationToken);
        }

        while ((await clients.ListAsync(tenant, PageClients, null, cancellationToken)).Page is { Count: > 0 } page)
        {
            foreach (var client in page)
            {
                await clients.TerminateAsync(tenant, client.Id, request, cancellationToken);
            }
        }

        await keys.DestroyAsync(tenant, cancellationToken);
        return deleted;
    }
}
