namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(40, LogLevel.Information, "log_batch_published {log} {entries} {size}")]
    public static partial void LogBatchPublished(ILogger logger, string log, long entries, long size);

    [LoggerMessage(41, LogLevel.Information, "log_batch_repeated {log} {size}: another sequencer stopped half-way")]
    public static partial void LogBatchRepeated(ILogger logger, string log, long size);

    [LoggerMessage(42, LogLevel.Information, "log_batch_lost {log} {size}: another sequencer was faster")]
    public static partial void LogBatchLost(ILogger logger, string log, long size);

    [LoggerMessage(43, LogLevel.Error, "log_batch_failed")]
    public static partial void LogBatchFailed(ILogger logger, Exception failure);

    [LoggerMessage(44, LogLevel.Critical, "log_stopped")]
    public static partial void LogStopped(ILogger logger, Exception failure);

    [LoggerMessage(45, LogLevel.Error, "log_promise_unreadable {log} {item}")]
    public static partial void PromiseUnreadable(ILogger logger, string log, string item);
}
