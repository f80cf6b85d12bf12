namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(80, LogLevel.Error, "artifact_unreadable {artifact} {fault}")]
    public static partial void ArtifactUnreadable(ILogger logger, string artifact, string fault);
}
