using System.CommandLine;

namespace Lace.Cli;

/// <summary>Everything that a command takes from the process: streams, environment, folder, clock.</summary>
/// <param name="IsTerminal">Whether <paramref name="Error"/> is a terminal, where a progress bar makes sense.</param>
internal sealed record CommandHost(
    TextWriter Output,
    TextWriter Error,
    bool IsTerminal,
    Func<string, string?> Environment,
    string WorkingDirectory,
    TimeProvider Time
)
{
    public static CommandHost FromProcess(ParseResult parsed) =>
        new(
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            !Console.IsErrorRedirected && System.Environment.GetEnvironmentVariable("TERM") != "dumb",
            System.Environment.GetEnvironmentVariable,
            Directory.GetCurrentDirectory(),
            TimeProvider.System
        );

    /// <summary>Whether colour may be used: NO_COLOR (no-color.org) turns it off.</summary>
    public bool UsesColor => IsTerminal && string.IsNullOrEmpty(Environment("NO_COLOR"));

    /// <summary>Folder of what outlives a command but is no configuration: uploads in progress, receipts.</summary>
    public string StateFolder => Folder("XDG_STATE_HOME", ".local/state");

    /// <summary>Folder of the user's configuration.</summary>
    public string ConfigFolder => Folder("XDG_CONFIG_HOME", ".config");

    /// <summary>A line for the reader, not for a program.</summary>
    public void Note(string text) => Error.WriteLine(text);

    public void Warn(string text) => Error.WriteLine(UsesColor ? $"\e[33mwarning:\e[0m {text}" : $"warning: {text}");

    public void Fail(string text) => Error.WriteLine(UsesColor ? $"\e[31mlace:\e[0m {text}" : $"lace: {text}");

    private string Folder(string variable, string fallback)
    {
        var root =
            Environment(variable) is { Length: > 0 } set && Path.IsPathRooted(set)
                ? set
                : Path.Combine(Environment("HOME") ?? WorkingDirectory, fallback);
        return Path.Combine(root, "lace");
    }
}
