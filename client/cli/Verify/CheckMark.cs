using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>How the status of a check is shown.</summary>
internal static class CheckMark
{
    /// <param name="onTerminal">A mark in colour; else words of one width.</param>
    public static string Of(CheckStatus status, bool onTerminal) =>
        (status, onTerminal) switch
        {
            (CheckStatus.Passed, true) => "\e[32m✓\e[0m",
            (CheckStatus.Failed, true) => "\e[31m✗\e[0m",
            (_, true) => "–",
            (CheckStatus.Passed, false) => "[passed]     ",
            (CheckStatus.Failed, false) => "[FAILED]     ",
            _ => "[not checked]",
        };
}
