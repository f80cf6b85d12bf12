using System.Text.Json;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Lace.Records.Tenancy;

namespace Lace.Functions.Hosting;

/// <summary>What the host says on standard output, as one line of JSON, once it listens.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Data">The data folder.</param>
/// <param name="ApiKey">Of the tenant that the first start on a folder creates: shown here and never again.</param>
internal sealed record Announcement(string Event, string Address, string Data, string? Tenant, string? ApiKey);

internal static class Announcing
{
    /// <summary>
    /// Makes the first tenant and its key where there is none, and says where the host listens. After the start, because a key
    /// that was made before an occupied port stopped the host would never have been shown.
    /// </summary>
    public static async Task AnnounceAsync(this WebApplication app, TextWriter output)
    {
        var services = app.Services;
        var settings = services.GetRequiredService<HostSettings>();
        var announcement = new Announcement("ready", app.Urls.First(), settings.DataFolder, null, null);
        if (await services.GetRequiredService<Tenants>().CreateFirstAsync(settings.ServicePlan) is { } tenant)
        {
            var (key, _) = await services.GetRequiredService<ApiKeys>().CreateAsync(tenant, "first", Scope.All);
            Log.TenantCreated(Log.Of(services), Log.Hash(tenant));
            announcement = announcement with { Tenant = tenant.Value, ApiKey = key.Reveal() };
        }

        await output.WriteLineAsync(JsonSerializer.Serialize(announcement, HostJson.Default.Announcement));
        await output.FlushAsync();
    }
}
