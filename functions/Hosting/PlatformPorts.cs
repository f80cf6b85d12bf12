using Lace.Functions.Telemetry;
using Lace.Platform;

namespace Lace.Functions.Hosting;

internal static class PlatformPorts
{
    /// <summary>The queue of loss segments: <c>[FromKeyedServices(PlatformPorts.Losses)] IQueue</c>.</summary>
    public const string Losses = "losses";

    /// <summary>
    /// The ports, each call observed. The container does not dispose them: the platform outlives all that uses it.
    /// </summary>
    public static void AddPlatform(this IServiceCollection services, IPlatform platform)
    {
        services.AddSingleton<IItemStore>(provider => new ObservedItems(platform.Items, MetricsOf(provider)));
        services.AddSingleton<IBlobStore>(provider => new ObservedBlobs(platform.Blobs, MetricsOf(provider)));
        services.AddSingleton<IKeyService>(provider => new ObservedKeys(platform.Keys, MetricsOf(provider)));
        services.AddSingleton(platform.Jobs);
        services.AddKeyedSingleton<IQueue>(
            Losses,
            (provider, _) => new ObservedQueue(platform.Queue(Losses), MetricsOf(provider))
        );
    }

    private static Metrics MetricsOf(IServiceProvider provider) => provider.GetRequiredService<Metrics>();
}
