using Lace.Functions.TransparencyLog.Witnesses;

namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(60, LogLevel.Error, "witness_alarm {witness} {outcome} {detail}")]
    public static partial void WitnessAlarm(ILogger logger, string witness, WitnessOutcome outcome, string detail);

    [LoggerMessage(64, LogLevel.Error, "witnesses_postponed")]
    public static partial void WitnessesPostponed(ILogger logger, Exception failure);
}
