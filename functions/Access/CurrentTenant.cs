using Lace.Platform;

namespace Lace.Functions.Access;

/// <summary>The tenant whose key the request carries: what a handler of a protected route takes as a parameter.</summary>
public sealed record CurrentTenant(TenantId Id)
{
    internal const string ClaimType = "tenant";

    /// <summary>Null on routes that need no key, and where no valid key was sent.</summary>
    public static CurrentTenant? Of(HttpContext context) =>
        context.User.FindFirst(ClaimType) is { } claim ? new CurrentTenant(new TenantId(claim.Value)) : null;

    /// <summary>Called by the framework for handler parameters of this type.</summary>
    public static ValueTask<CurrentTenant?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));
}
