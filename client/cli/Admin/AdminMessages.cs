namespace Lace.Cli.Admin;

internal sealed record NewTenant(string Name, string Plan);

internal sealed record NewPlan(string Plan);

internal sealed record NewKey(string? Label, IReadOnlyList<string>? Scopes, DateTimeOffset? ExpiresAt);

/// <summary>Of a request that says all by its address.</summary>
internal sealed record Nothing;

/// <summary>A tenant as the service tells of it.</summary>
internal sealed record AdminTenant(
    string Id,
    string Name,
    string Plan,
    string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SuspendedAt = null,
    DateTimeOffset? DeletedAt = null,
    AdminUsage? Usage = null
);

internal sealed record AdminUsage(
    string Plan,
    int RequestsPerMinute,
    int Burst,
    int PendingOperations,
    IReadOnlyDictionary<string, AdminQuota> Quotas
);

internal sealed record AdminQuota(long Used, long? Limit = null, DateTimeOffset? PeriodEndsAt = null);

internal sealed record AdminTenants(IReadOnlyList<AdminTenant> Tenants, string? Next = null);

internal sealed record AdminKey(
    string Id,
    string Tenant,
    string Label,
    IReadOnlyList<string> Scopes,
    string LastFour,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? RevokedAt = null,
    string? LastUsed = null
);

internal sealed record AdminKeys(IReadOnlyList<AdminKey> Keys);

internal sealed record AdminKeyMade(string ApiKey, AdminKey Key);
