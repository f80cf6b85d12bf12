using System.CommandLine;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary><c>lace log proof</c>: makes a proof file for one entry out of the log's tiles.</summary>
internal static class ProofCommand
{
    private static readonly Option<long> Index = new("--index")
    {
        Description = "Index of the entry, from 0",
        HelpName = "number",
        Required = true,
    };

    private static readonly Option<string?> Entry = new("--entry")
    {
        Description = "Also write the entry's bytes to this file",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "proof",
            "Make a proof that an entry is in a log, for anybody to check offline",
            """
            Prints a C2SP tlog-proof: the path of hashes from the entry to the tree head, and the checkpoint with its signatures. The
            path is computed here from the log's tiles and has to lead to the checkpoint; whose it is, `lace log verify` checks.
            Exit code: 0 done; 10 there is no such entry; 11 the tiles do not belong to the checkpoint.
            """,
            """
            lace log proof --server http://127.0.0.1:8080 --index 7 > X.tlog-proof
            lace log proof --index 7 --entry entry.json > X.tlog-proof
            """
        )
        {
            LogOptions.Server,
            Index,
            Entry,
        };
        command.SetAction(parsed => Run(parsed, CommandHost.FromProcess(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed, CommandHost host)
    {
        using var log = parsed.OpenLog(host);
        var index = parsed.GetValue(Index);
        var shown = LogCheckpoint.Read(log, []);
        var size = shown.Checkpoint.Size;
        if (index < 0 || index >= size)
        {
            throw new CliException($"{log.Place} has {size} entries and no index {index}.", ExitCode.NotFound);
        }

        var tiles = new LogTiles(log);
        var proof = new TlogProof(index, tiles.Compute(TileProof.Inclusion(index, size)), shown.Note);
        var entry = tiles.Entry(index, size);
        var leaf = MerkleTree.HashLeaf(entry.Span);
        if (!MerkleTree.VerifyInclusion(leaf, index, size, [.. proof.Hashes], shown.Checkpoint.Root))
        {
            throw new CliException($"The tiles of {log.Place} do not belong to its checkpoint.", ExitCode.CheckFailed);
        }

        if (parsed.GetValue(Entry) is { } file)
        {
            File.WriteAllBytes(file, entry.ToArray());
        }

        if (parsed.GetValue(CommonOptions.Json))
        {
            var made = new ProofMade(index, size, leaf.ToString(), proof.ToString());
            host.Output.WriteLine(JsonSerializer.Serialize(made, LogJson.Default.ProofMade));
        }
        else
        {
            host.Output.Write(proof.ToString());
        }

        return ExitCode.Ok;
    }
}
