namespace Lace.Cli;

/// <summary>Ends the command with one line on standard error and an exit code. The line says what was attempted and what to do.</summary>
internal class CliException(string message, int exitCode, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The service refused a request.</summary>
/// <param name="code">The stable code of the problem (protocol §9), or <c>http_NNN</c> where the answer had none.</param>
internal sealed class ApiException(string message, int exitCode, int status, string code)
    : CliException(message, exitCode)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
