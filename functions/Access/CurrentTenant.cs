using Lace.Platform;
using Lace.Records.Tenancy;

namespace Lace.Functions.Access;

/// <summary>The tenant whose key the request carries: what a handler of a protected route takes as a parameter.</summary>
internal sealed record CurrentTenant(TenantId Id)
{
    public const string ClaimType = "tenant";
    public const string PlanClaimType = "plan";

    /// <summary>What the tenant may ask for, as it was when its key was looked up.</summary>
    public required ServicePlan Plan { get; init; }

    /// <summary>Null on routes that need no key, and where no valid key was sent.</summary>
    public static CurrentTenant? Of(HttpContext context) =>
        context.User.FindFirst(ClaimType) is { } tenant && context.User.FindFirst(PlanClaimType) is { } plan
            ? new CurrentTenant(new TenantId(tenant.Value)) { Plan = ServicePlan.Find(plan.Value)! }
            : null;

    /// <summary>Called by the framework for handler parameters of this type.</summary>
    public static ValueTask<CurrentTenant?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));
}
