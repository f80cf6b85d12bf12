using Lace.Functions.Access;
using Lace.Platform;

namespace Lace.Tests.Functions.Train;

/// <summary>A new tenant with a key for training, and a scripted worker on its training clients.</summary>
internal sealed record TrainTenant(TenantId Id, HttpClient Client, ScriptedWorker Worker)
{
    public static async Task<TrainTenant> CreateAsync(LaceApp app)
    {
        var (key, stored) = await app.NewKeyAsync(Scope.Train, Scope.Audit);
        var tenant = new TenantId(stored.Tenant);
        return new TrainTenant(tenant, app.Client(key.Reveal()), new ScriptedWorker(app, tenant));
    }
}
