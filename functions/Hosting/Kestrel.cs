using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Lace.Functions.Hosting;

internal static class Kestrel
{
    /// <summary>The largest body of a route that does not say otherwise.</summary>
    public const long DefaultMaxBodyBytes = 1 << 20;

    /// <summary>Limits that hold before any code of ours runs: sizes of header and body, and how slowly they may arrive.</summary>
    public static void UseLaceKestrel(this IWebHostBuilder host, HostSettings settings)
    {
        host.UseUrls(settings.Urls);
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = DefaultMaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(
                bytesPerSecond: 240,
                gracePeriod: TimeSpan.FromSeconds(5)
            );
        });
    }
}
