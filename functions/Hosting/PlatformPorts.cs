using Lace.Platform;

namespace Lace.Functions.Hosting;

internal static class PlatformPorts
{
    /// <summary>The queue of loss segments: <c>[FromKeyedServices(PlatformPorts.Losses)] IQueue</c>.</summary>
    public const string Losses = "losses";

    /// <summary>
    /// The ports. Instances, which the container does not dispose: the platform outlives all that uses it.
    /// </summary>
    public static void AddPlatform(this IServiceCollection services, IPlatform platform)
    {
        services.AddSingleton(platform.Items);
        services.AddSingleton(platform.Blobs);
        services.AddSingleton(platform.Keys);
        services.AddSingleton(platform.Jobs);
        services.AddKeyedSingleton<IQueue>(Losses, platform.Queue(Losses));
    }
}
