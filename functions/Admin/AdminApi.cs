using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Records.Training;

namespace Lace.Functions.Admin;

/// <summary>What the operator of an installation does: tenants, their plans, their keys (docs/operations.md, "Plans and keys").</summary>
internal static class AdminApi
{
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<TrainingClients>();
        services.AddSingleton<TenantDeletion>();
        services.AddJson(AdminJson.Default);
    }

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/admin").WithTags("Admin").RequireScope(Scope.Operator);
        group.MapTenants();
        group.MapKeys();
    }
}
