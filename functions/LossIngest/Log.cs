namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(20, LogLevel.Warning, "segments_dropped {count}: of no run that is known")]
    public static partial void SegmentsDropped(ILogger logger, int count);

    [LoggerMessage(21, LogLevel.Warning, "segments_postponed {run} {count}")]
    public static partial void SegmentsPostponed(ILogger logger, Exception failure, string run, int count);

    [LoggerMessage(22, LogLevel.Error, "queue_failed")]
    public static partial void QueueFailed(ILogger logger, Exception failure);
}
