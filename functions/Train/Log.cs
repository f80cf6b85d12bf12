namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(80, LogLevel.Error, "artifact_unreadable {artifact} {fault}")]
    public static partial void ArtifactUnreadable(ILogger logger, string artifact, string fault);

    [LoggerMessage(81, LogLevel.Warning, "worker_missing")]
    public static partial void WorkerMissing(ILogger logger);

    [LoggerMessage(82, LogLevel.Error, "workers_not_started")]
    public static partial void WorkersNotStarted(ILogger logger, Exception failure);
}
