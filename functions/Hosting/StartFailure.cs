using Lace.Platform;
using Microsoft.AspNetCore.Connections;

namespace Lace.Functions.Hosting;

/// <summary>One line for a person, and an exit code for a script, when the host cannot start.</summary>
internal static class StartFailure
{
    /// <summary>EX_CONFIG of sysexits.h.</summary>
    public const int ExitCode = 78;

    /// <summary>Null for a failure that is a fault of ours and must show its stack.</summary>
    public static string? Explain(Exception failure) =>
        failure switch
        {
            SettingException or PlatformSettingException => failure.Message,
            IOException { InnerException: AddressInUseException } =>
                $"{failure.Message} Another program listens there: stop it, or choose another port.",
            IOException or UnauthorizedAccessException => failure.Message,
            _ => null,
        };
}
