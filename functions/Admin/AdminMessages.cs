using System.Text.Json.Serialization;
using Lace.Functions.Plans;
using Lace.Functions.Storage;
using Lace.Records.Tenancy;

namespace Lace.Functions.Admin;

/// <param name="Name">For people: at most 200 characters.</param>
/// <param name="Plan">pilot, starter, growth, enterprise or local.</param>
internal sealed record CreateTenant(string Name, string Plan);

internal sealed record SetPlan(string Plan);

/// <param name="Label">What lists show: at most 200 characters.</param>
/// <param name="Scopes">Of a tenant's; all of them where absent.</param>
/// <param name="ExpiresAt">When the key ends by itself; absent for never.</param>
internal sealed record CreateKey(
    string? Label = null,
    IReadOnlyList<string>? Scopes = null,
    DateTimeOffset? ExpiresAt = null
);

/// <param name="Status"><c>active</c>, <c>suspended</c> or <c>deleted</c>.</param>
/// <param name="Usage">Where one tenant is asked for.</param>
internal sealed record TenantAnswer(
    string Id,
    string Name,
    string Plan,
    string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SuspendedAt,
    DateTimeOffset? DeletedAt,
    PlanUsage? Usage = null
)
{
    public static TenantAnswer Of(Tenant tenant, PlanUsage? usage = null) =>
        new(
            tenant.Id,
            tenant.Name,
            tenant.Limits.Name,
            tenant.DeletedAt is not null ? "deleted"
                : tenant.SuspendedAt is not null ? "suspended"
                : "active",
            tenant.CreatedAt,
            tenant.SuspendedAt,
            tenant.DeletedAt,
            usage
        );
}

internal sealed record TenantList(IReadOnlyList<TenantAnswer> Tenants, string? Next);

/// <param name="LastUsed">Day of UTC; absent where it never was, or not since this version.</param>
internal sealed record KeyAnswer(
    string Id,
    string Tenant,
    string Label,
    IReadOnlyList<string> Scopes,
    string LastFour,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    string? LastUsed
)
{
    public static KeyAnswer Of(StoredApiKey key, string? lastUsed) =>
        new(
            key.Id,
            key.Tenant,
            key.Label,
            key.Scopes,
            key.LastFour,
            key.CreatedAt,
            key.ExpiresAt,
            key.RevokedAt,
            lastUsed
        );
}

internal sealed record KeyList(IReadOnlyList<KeyAnswer> Keys);

/// <param name="ApiKey">The key itself: here and never again.</param>
internal sealed record CreatedKey(string ApiKey, KeyAnswer Key);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CreateTenant))]
[JsonSerializable(typeof(SetPlan))]
[JsonSerializable(typeof(CreateKey))]
[JsonSerializable(typeof(TenantAnswer))]
[JsonSerializable(typeof(TenantList))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(CreatedKey))]
internal sealed partial class AdminJson : JsonSerializerContext;
