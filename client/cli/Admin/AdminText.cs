namespace Lace.Cli.Admin;

/// <summary>What <c>lace admin</c> prints for people.</summary>
internal static class AdminText
{
    public static string Of(AdminTenant tenant)
    {
        var lines = new List<string> { Line(tenant) };
        foreach (
            var (name, quota) in tenant.Usage?.Quotas ?? new Dictionary<string, AdminQuota>(StringComparer.Ordinal)
        )
        {
            var until = quota.PeriodEndsAt is { } end ? $", until {end:yyyy-MM-dd}" : "";
            lines.Add(
                $"  {name.Replace('_', ' '), -18}{quota.Used:N0} of {quota.Limit?.ToString("N0") ?? "any number"}{until}"
            );
        }

        if (tenant.Usage is { } usage)
        {
            lines.Add($"  {"requests", -18}{usage.RequestsPerMinute:N0} a minute, {usage.Burst:N0} at once");
        }

        return string.Join('\n', lines);
    }

    public static string Of(AdminTenants tenants) =>
        tenants.Tenants.Count == 0 ? "no tenants" : string.Join('\n', tenants.Tenants.Select(Line));

    public static string Of(AdminKey key)
    {
        var state =
            key.RevokedAt is { } revoked ? $"revoked {revoked:yyyy-MM-dd}"
            : key.ExpiresAt is { } end ? $"until {end:yyyy-MM-dd}"
            : "active";
        return $"{key.Id}  …{key.LastFour}  {state}  used {key.LastUsed ?? "never"}  {string.Join(',', key.Scopes)}  {key.Label}";
    }

    public static string Of(AdminKeys keys) =>
        keys.Keys.Count == 0 ? "no keys" : string.Join('\n', keys.Keys.Select(Of));

    private static string Line(AdminTenant tenant) =>
        $"{tenant.Id}  {tenant.Plan, -10}  {tenant.Status, -9}  {tenant.CreatedAt:yyyy-MM-dd}  {tenant.Name}";
}
