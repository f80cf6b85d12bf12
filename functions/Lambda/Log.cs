namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "invocation_finished {request_id} {outcome} {duration_ms} {cold_start}")]
    public static partial void InvocationFinished(
        ILogger logger,
        string request_id,
        string outcome,
        double duration_ms,
        string cold_start
    );

    [LoggerMessage(101, LogLevel.Error, "invocation_failed {request_id}")]
    public static partial void InvocationFailed(ILogger logger, Exception failure, string request_id);

    [LoggerMessage(102, LogLevel.Critical, "runtime_lost")]
    public static partial void RuntimeLost(ILogger logger, Exception failure);

    [LoggerMessage(103, LogLevel.Information, "restored_from_snapshot")]
    public static partial void RestoredFromSnapshot(ILogger logger);

    [LoggerMessage(104, LogLevel.Error, "handler_failed {request_id}")]
    public static partial void HandlerFailed(ILogger logger, Exception failure, string request_id);

    [LoggerMessage(105, LogLevel.Error, "answer_too_large {request_id} {bytes}")]
    public static partial void AnswerTooLarge(ILogger logger, string request_id, int bytes);

    [LoggerMessage(106, LogLevel.Error, "record_failed {message}")]
    public static partial void RecordFailed(ILogger logger, Exception failure, string message);
}
