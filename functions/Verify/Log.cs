namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(30, LogLevel.Warning, "verification_not_stated {run}")]
    public static partial void VerificationNotStated(ILogger logger, Exception failure, string run);
}
