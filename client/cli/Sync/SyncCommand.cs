using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace Lace.Cli.Sync;

/// <summary><c>lace sync</c>: sends what the Python package recorded and could not send.</summary>
/// <remarks>The spool belongs to the Python package, which alone reads and continues it: this command starts <c>python -m lace sync</c>.</remarks>
internal static class SyncCommand
{
    private static readonly Argument<string?> Folder = new("folder")
    {
        Description = "The spool [.lace/spool in this folder]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "sync",
            "Send recorded runs that wait on this machine",
            "Runs wait when they were recorded offline, when the service was away, or when the script was killed. Needs the Python package: "
                + "python3 is used, or the program that LACE_PYTHON names.",
            "lace sync\nLACE_PYTHON=.venv/bin/python lace sync"
        )
        {
            Folder,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        var python = host.Environment("LACE_PYTHON") ?? "python3";
        var start = new ProcessStartInfo(python) { UseShellExecute = false };
        foreach (var argument in (string?[])["-m", "lace", "sync", parsed.GetValue(Folder)])
        {
            if (argument is not null)
            {
                start.ArgumentList.Add(argument);
            }
        }

        // The package reads environment and files as this command does: only the flags have to be handed over.
        HandOver(start, "LACE_API_KEY", parsed.GetValue(CommonOptions.ApiKey));
        HandOver(start, "LACE_BASE_URL", parsed.GetValue(CommonOptions.BaseUrl));
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (Win32Exception cause)
        {
            throw new CliException(
                $"{python} cannot be started ({cause.Message}): set LACE_PYTHON to the Python that has the lace package.",
                ExitCode.Unavailable,
                cause
            );
        }
    }

    private static void HandOver(ProcessStartInfo start, string name, string? value)
    {
        if (value is not null)
        {
            start.Environment[name] = value;
        }
    }
}
