using System.CommandLine;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary><c>lace log verify</c>: checks a proof file, offline, against keys that the caller has.</summary>
internal static class VerifyProofCommand
{
    private static readonly Argument<string> Proof = new("PROOF") { Description = "A .tlog-proof file" };

    private static readonly Option<string> Entry = new("--entry")
    {
        Description = "File with the entry's bytes",
        HelpName = "file",
        Required = true,
    };

    private static readonly Option<string[]> Vkey = LogOptions.Vkey(
        "A key of the log that you trust; may be given more than once, then any of them will do"
    );

    private static readonly Option<string?> Policy = LogOptions.Policy(
        "what `lace policy fetch` printed, or a C2SP tlog-policy file; both can ask for witnesses too"
    );

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "verify",
            "Check offline that an entry is in a log",
            """
            The keys come from you, never from the proof. Exit code: 0 the entry is in a tree whose checkpoint the keys or the policy
            accept; 11 it is not, or the checkpoint is not accepted.
            """,
            """
            lace log verify X.tlog-proof --entry entry.json --vkey 'log.localhost/1a2b3c4d+…'
            lace log verify X.tlog-proof --entry entry.json --policy policy.json --json
            """
        )
        {
            Proof,
            Entry,
            Vkey,
            Policy,
        };
        command.SetAction(parsed => Run(parsed, CommandHost.FromProcess(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed, CommandHost host)
    {
        var policy = PolicyOf(parsed, host);
        var file = parsed.GetRequiredValue(Proof);
        if (!TlogProof.TryParse(SmallFiles.Read(file, TlogProof.MaxBytes, host), out var proof))
        {
            throw new CliException($"{file} is not a proof file.", ExitCode.CheckFailed);
        }

        var leaf = MerkleTree.HashLeaf(
            SmallFiles.Read(parsed.GetRequiredValue(Entry), EntryBundle.MaxEntryBytes, host)
        );
        var verification = proof.Verify(leaf, policy);
        var verdict = JsonNamingPolicy.SnakeCaseLower.ConvertName(verification.Decision.Verdict.ToString());
        var size = verification.Decision.Checkpoint?.Size;
        if (parsed.GetValue(CommonOptions.Json))
        {
            var result = new ProofResult(verification.IsIncluded, verdict, proof.Index, size, leaf.ToString());
            host.Output.WriteLine(JsonSerializer.Serialize(result, LogJson.Default.ProofResult));
        }
        else
        {
            host.Output.WriteLine(
                verification.IsIncluded
                    ? $"included: index {proof.Index} of {size} entries, leaf {leaf}"
                    : $"NOT INCLUDED: checkpoint {verdict.Replace('_', ' ')}, leaf {leaf}"
            );
        }

        return verification.IsIncluded ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static TlogPolicy PolicyOf(ParseResult parsed, CommandHost host)
    {
        var keys = parsed.LogKeys(Vkey, Policy, host);
        if (parsed.GetValue(Policy) is { } file)
        {
            return LogOptions.ReadPolicy(file, host);
        }

        try
        {
            return keys.Count > 0
                ? TlogPolicy.Create(keys, [], 0)
                : throw new CliException("Whom do you trust? Give --vkey or --policy.", ExitCode.Usage);
        }
        catch (ArgumentException cause)
        {
            throw new CliException($"--vkey: {cause.Message}", ExitCode.Usage, cause);
        }
    }
}
