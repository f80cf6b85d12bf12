using Lace.Functions.TransparencyLog.Anchors;

namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(61, LogLevel.Information, "checkpoint_anchored {size} {detail}")]
    public static partial void CheckpointAnchored(ILogger logger, long size, string detail);

    [LoggerMessage(62, LogLevel.Error, "anchor_alarm {size} {outcome} {detail}")]
    public static partial void AnchorAlarm(ILogger logger, long size, RekorOutcome outcome, string detail);

    [LoggerMessage(63, LogLevel.Error, "anchor_failed")]
    public static partial void AnchorFailed(ILogger logger, Exception failure);
}
