using Amazon;
using Amazon.Runtime;

namespace Lace.Platform.Aws;

/// <summary>How the clients of the SDK are set up.</summary>
internal static class AwsClients
{
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(3);

    /// <param name="timeout">Of one attempt.</param>
    public static T Configure<T>(this T config, AwsSettings settings, TimeSpan timeout)
        where T : ClientConfig
    {
        if (settings.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = settings.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        }

        config.Timeout = timeout;
        config.ConnectTimeout = Connect;
        // AwsCalls repeats, and must know of every attempt.
        config.MaxErrorRetry = 0;
        config.MaxStaleConnectionRetries = 0;
        return config;
    }
}
