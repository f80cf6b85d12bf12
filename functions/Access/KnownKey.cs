using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Tenancy;

namespace Lace.Functions.Access;

/// <summary>A key that was given out, and whose it is.</summary>
/// <param name="Tenant">Null for an operator's key.</param>
internal sealed record KnownKey(StoredApiKey Key, Tenant? Tenant)
{
    private static readonly Problem Revoked = new(
        StatusCodes.Status401Unauthorized,
        "key_revoked",
        "This API key was revoked. Ask the administrator for a new one."
    );

    private static readonly Problem Expired = new(
        StatusCodes.Status401Unauthorized,
        "key_expired",
        "This API key has expired. Ask the administrator for a new one."
    );

    private static readonly Problem Suspended = new(
        StatusCodes.Status403Forbidden,
        "tenant_suspended",
        "This tenant is suspended: its keys open nothing for now. Ask the operator of the service."
    );

    private static readonly Problem Deleted = new(
        StatusCodes.Status403Forbidden,
        "tenant_deleted",
        "This tenant was deleted, and its keys were destroyed."
    );

    public TenantId TenantId => new(Key.Tenant);

    /// <summary>An operator is held to the largest plan.</summary>
    public ServicePlan Plan => Tenant?.Limits ?? ServicePlan.Find("enterprise")!;

    /// <summary>Why it opens nothing; null where it counts.</summary>
    public Problem? Refusal(DateTimeOffset now) =>
        Key.RevokedAt is not null ? Revoked
        : Key.ExpiresAt <= now ? Expired
        : Tenant?.DeletedAt is not null ? Deleted
        : Tenant?.SuspendedAt is not null ? Suspended
        : null;
}
