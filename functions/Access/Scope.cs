using Lace.Functions.Problems;

namespace Lace.Functions.Access;

/// <summary>What an API key may do.</summary>
public static class Scope
{
    public const string Attest = "attest";
    public const string Ingest = "ingest";
    public const string Verify = "verify";
    public const string Report = "report";
    public const string Audit = "audit";
    public const string Train = "train";
    public const string Admin = "admin";

    /// <summary>Tenants, plans and keys. Of operators' keys alone, and the only scope that these have.</summary>
    public const string Operator = "operator";

    /// <summary>Name of the policy that any key of a tenant satisfies.</summary>
    public const string AnyOfTenant = "any";

    /// <summary>The scopes that a tenant's key can have.</summary>
    public static readonly IReadOnlyList<string> All = [Attest, Ingest, Verify, Report, Audit, Train, Admin];

    /// <summary>Lets only keys of this scope call the routes, as often as their tenant's plan allows; everybody else gets 401 or 403.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder routes, string scope)
        where TBuilder : IEndpointConventionBuilder => routes.RequireAuthorization(scope).Refuses(401, 403, 429);
}
