using System.CommandLine;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary><c>lace log consistency</c>: whether a log still holds everything that it showed before.</summary>
internal static class ConsistencyCommand
{
    private static readonly Argument<string> Old = new("CHECKPOINT")
    {
        Description = "A checkpoint of the log that you kept",
    };

    private static readonly Option<string[]> Vkey = LogOptions.Vkey(
        "A key that has to have signed both checkpoints; may be given more than once"
    );

    private static readonly Option<string?> Policy = LogOptions.Policy(
        "what `lace policy fetch` printed; all keys of the log there have to have signed"
    );

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "consistency",
            "Check that a log only grew since a checkpoint that you kept",
            "Computes the proof here from the log's tiles. Exit code: 0 consistent; 11 not consistent, or not signed by the keys.",
            """
            curl -fsS http://127.0.0.1:8080/v1/log/checkpoint > kept
            lace log consistency kept --server http://127.0.0.1:8080 --policy policy.json
            """
        )
        {
            Old,
            LogOptions.Server,
            Vkey,
            Policy,
        };
        command.SetAction(parsed => Run(parsed, CommandHost.FromProcess(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed, CommandHost host)
    {
        var (keys, file) = (parsed.LogKeys(Vkey, Policy, host), parsed.GetRequiredValue(Old));
        var old = LogCheckpoint.Parse(SmallFiles.Read(file, SignedNote.MaxBytes, host), keys, file);
        using var log = parsed.OpenLog(host);
        var now = LogCheckpoint.Read(log, keys);
        var signatures = old.Signatures == "failed" ? old.Signatures : now.Signatures;
        var (before, after) = (old.Checkpoint, now.Checkpoint);
        var isConsistent = signatures != "failed" && before.Origin == after.Origin && Grew(before, after, log);
        if (parsed.GetValue(CommonOptions.Json))
        {
            var result = new ConsistencyResult(isConsistent, after.Origin, before.Size, after.Size, signatures);
            host.Output.WriteLine(JsonSerializer.Serialize(result, LogJson.Default.ConsistencyResult));
        }
        else
        {
            host.Output.WriteLine(
                $"{(isConsistent ? "consistent" : "NOT CONSISTENT")}: {before.Origin} with {before.Size} entries and {after.Origin} with {after.Size}; signatures {signatures.Replace('_', ' ')}"
            );
        }

        return isConsistent ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static bool Grew(Checkpoint before, Checkpoint after, ILogFiles log) =>
        before.Size <= after.Size
        && (
            before.Size == 0
            || MerkleTreeConsistency.Verify(
                before.Size,
                after.Size,
                before.Root,
                after.Root,
                new LogTiles(log).Compute(TileProof.Consistency(before.Size, after.Size))
            )
        );
}
