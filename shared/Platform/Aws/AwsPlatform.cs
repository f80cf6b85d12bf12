namespace Lace.Platform.Aws;

/// <summary>The ports on the services of an AWS account.</summary>
public static class AwsPlatform
{
    /// <exception cref="PlatformSettingException">The services cannot be used as they are named.</exception>
    public static IPlatform Open(AwsSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(clock);
        throw new PlatformSettingException("LACE_PLATFORM is aws, which is not in this version.");
    }
}
