namespace Lace.Emulator;

/// <summary>One function as it is deployed: a program and its environment.</summary>
/// <param name="Command">The program and its first arguments.</param>
/// <param name="Timeout">After so long without an answer the process is ended.</param>
/// <param name="InitializationType"><c>on-demand</c> or <c>snap-start</c>.</param>
public sealed record FunctionSettings(
    string Name,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    TimeSpan Timeout,
    string InitializationType = "on-demand"
);
