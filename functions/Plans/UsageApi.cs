using System.Text.Json.Serialization;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Platform;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Plans;

/// <summary>How much of its plan a tenant has used.</summary>
/// <param name="Quotas">By name: <c>attestations</c>, <c>training_clients</c>, <c>artifact_bytes</c>.</param>
internal sealed record PlanUsage(
    string Plan,
    int RequestsPerMinute,
    int Burst,
    int PendingOperations,
    IReadOnlyDictionary<string, QuotaUsage> Quotas
)
{
    public static async Task<PlanUsage> OfAsync(
        Usage usage,
        TenantId tenant,
        ServicePlan plan,
        CancellationToken cancellationToken
    )
    {
        var quotas = new SortedDictionary<string, QuotaUsage>(StringComparer.Ordinal);
        foreach (var quota in Enum.GetValues<Quota>())
        {
            var charge = await usage.ChargeAsync(tenant, quota, 0, cancellationToken: cancellationToken);
            quotas[ProblemQuota.NameOf(quota)] = new(charge.Used, charge.Limit, charge.PeriodEndsAt);
        }

        return new(plan.Name, plan.RequestsPerMinute, plan.Burst, plan.Pending, quotas);
    }
}

/// <param name="Limit">Absent for any number.</param>
/// <param name="PeriodEndsAt">When counting begins anew; absent for what is counted as long as it is there.</param>
internal sealed record QuotaUsage(long Used, long? Limit, DateTimeOffset? PeriodEndsAt);

/// <summary>The caller's own plan, with any key of the tenant.</summary>
internal static class UsageApi
{
    public static void AddServicePlans(this IServiceCollection services)
    {
        services.AddSingleton<Usage>();
        services.AddSingleton<RequestAllowance>();
        services.AddSingleton<SharedMinute>();
        services.AddSingleton<AddressRate>();
        services.AddJson(PlansJson.Default);
    }

    public static void MapUsage(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/usage", GetAsync)
            .RequireScope(Scope.AnyOfTenant)
            .WithTags("Host")
            .WithSummary("The plan of the key's tenant and what is used of it")
            .WithDescription("With any key of a tenant. What nothing was counted of yet is 0.");

    private static async Task<Ok<PlanUsage>> GetAsync(
        CurrentTenant tenant,
        Usage usage,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await PlanUsage.OfAsync(usage, tenant.Id, tenant.Plan, cancellationToken));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(PlanUsage))]
internal sealed partial class PlansJson : JsonSerializerContext;
