namespace Lace.Records.TransparencyLog;

/// <summary>
/// The log must not go on as its storage is now: what it has shown could be contradicted. Nothing was written. The message says what
/// was found and what a person has to decide.
/// </summary>
internal sealed class LogStoppedException(string message) : Exception(message);
