using System.CommandLine;
using System.Text.Json;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary><c>lace log fsck</c>: re-verifies a whole log.</summary>
internal static class FsckCommand
{
    private const int EntriesBetweenNotes = 1 << 14;

    private static readonly Argument<string> Where = new("FOLDER|URL")
    {
        Description = "The folder of a log, the data folder of `lace serve`, or the address of a log or a service",
    };

    private static readonly Option<string[]> Vkey = LogOptions.Vkey(
        "A key that has to have signed the checkpoint; may be given more than once"
    );

    private static readonly Option<string?> Policy = LogOptions.Policy(
        "what `lace policy fetch` printed; all keys of the log there have to have signed"
    );

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "fsck",
            "Re-verify a whole log: every entry, tile, the tree head and, given its keys, the signatures",
            """
            Rebuilds the log from its entries and compares every tile byte for byte. In a folder, partial tiles of earlier sizes too.
            Without keys it says of the signatures that they were not checked: anybody can make a log that is whole.
            Exit code: 0 whole; 11 something is missing, changed or not signed by the keys; 10 there is no log.
            """,
            """
            lace log fsck ./lace-data
            lace log fsck ./lace-data --policy policy.json
            lace log fsck http://127.0.0.1:8080 --vkey 'log.localhost/1a2b3c4d+…' --json
            """
        )
        {
            Where,
            Vkey,
            Policy,
        };
        command.SetAction(parsed => Run(parsed, CommandHost.FromProcess(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed, CommandHost host)
    {
        var (where, quiet) = (parsed.GetRequiredValue(Where), parsed.GetValue(CommonOptions.Quiet));
        using var files = where.Contains("://", StringComparison.Ordinal)
            ? (ILogFiles)HttpLogFiles.Open(where, host, quiet)
            : FolderLogFiles.Open(where);
        var shown = LogCheckpoint.Read(files, parsed.LogKeys(Vkey, Policy, host));
        var checkpoint = shown.Checkpoint;
        var audit = LogAudit.Run(
            checkpoint.Size,
            checkpoint.Root,
            files.Read,
            files.Partials(),
            host.IsTerminal && !quiet ? Progress : null
        );
        ClearProgress();
        var result = new FsckResult(
            audit.IsWhole && shown.Signatures != "failed",
            files.Place,
            checkpoint.Origin,
            checkpoint.Size,
            checkpoint.Root.ToString(),
            shown.Signatures,
            audit.Entries,
            audit.Files,
            [.. audit.Findings.Select(finding => new FsckFinding(Word(finding.Fault), finding.Path))]
        );
        Write(result, host.Output, parsed.GetValue(CommonOptions.Json));
        return result.Whole ? ExitCode.Ok : ExitCode.CheckFailed;

        void Progress(long entries)
        {
            if (entries % EntriesBetweenNotes == 0)
            {
                host.Error.Write($"\r\e[K{entries:n0} of {checkpoint.Size:n0} entries");
            }
        }

        void ClearProgress()
        {
            if (host.IsTerminal && !quiet)
            {
                host.Error.Write("\r\e[K");
            }
        }
    }

    private static void Write(FsckResult result, TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(result, LogJson.Default.FsckResult));
            return;
        }

        output.WriteLine($"{result.Origin}: {result.Size} entries, tree head {result.Root}");
        foreach (var finding in result.Findings)
        {
            output.WriteLine($"{finding.Fault, -14} {finding.Path}");
        }

        output.WriteLine($"signatures     {result.Signatures.Replace('_', ' ')}");
        output.WriteLine(
            $"{(result.Whole ? "whole" : "NOT WHOLE")}: {result.Entries} entries hashed, {result.Files} tiles and bundles compared"
        );
    }

    private static string Word(LogFault fault) =>
        fault switch
        {
            LogFault.Missing => "missing",
            LogFault.Malformed => "malformed",
            LogFault.WrongTile => "wrong_tile",
            LogFault.WrongPartial => "wrong_partial",
            _ => "wrong_head",
        };
}
