using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Lace.Cli.Attest;
using Lace.Evidence.Audit;
using Lace.Evidence.Bundles;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Audit;

/// <summary><c>lace audit verify FILE</c>: whether a file is one unbroken chain, without a network.</summary>
internal static class AuditVerifyCommand
{
    private static readonly Argument<string> Chain = new("FILE") { Description = "What `lace audit export` printed" };

    private static readonly Option<AuditChainHead?> Head = new("--head")
    {
        Description = "How far the chain had come when you last verified it, as printed then",
        HelpName = "entries:hash",
        CustomParser = ReadHead,
    };

    private static readonly Option<string?> Bundle = new("--bundle")
    {
        Description = "A signed head: what `lace audit head` printed",
        HelpName = "file",
    };

    private static readonly Option<string?> Policy = new("--policy")
    {
        Description = "Whose signatures and which log you trust, for --bundle",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "verify",
            "Check a file of the chain, offline",
            """
            Finds entries that were changed, moved, left out, repeated or put in, and says in which line. That entries were cut
            off at the end shows only against a head: one that you noted, or a signed one from the log.
            Exit code: 0 all checks that were asked for passed; 20 one failed; 21 one could not be made (no policy);
            2 wrong usage; 3 a file cannot be read.
            """,
            """
            lace audit verify audit.jsonl
            lace audit verify audit.jsonl --head 1200:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
            lace audit verify audit.jsonl --bundle head.json --policy policy.json --json
            """
        )
        {
            Chain,
            Head,
            Bundle,
            Policy,
        };
        command.Validators.Add(given =>
        {
            if (given.GetResult(Head) is not null && given.GetResult(Bundle) is not null)
            {
                given.AddError("Give --head or --bundle, not both.");
            }
            else if (given.GetResult(Policy) is not null && given.GetResult(Bundle) is null)
            {
                given.AddError("--policy is for the signatures of --bundle.");
            }
        });
        command.SetAction(Run);
        return command;
    }

    private static Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        var path = parsed.GetRequiredValue(Chain);
        var signed = Read(parsed.GetValue(Bundle), SignedAuditHead.MaxBytes, SignedAuditHead.Parse, host);
        var policy = Read(parsed.GetValue(Policy), LacePolicy.MaxBytes, LacePolicy.Parse, host);
        using var file = SmallFiles.Open(path, host);
        var isShown = !parsed.GetValue(CommonOptions.Quiet) && !parsed.GetValue(CommonOptions.Json);
        AuditFindings findings;
        using (var bar = new ProgressBar(host, "Verifying", file.CanSeek ? file.Length : 0, isShown && file.CanSeek))
        {
            var counted = new CountedStream(file, bar.Add);
            findings = signed is null
                ? AuditFileVerification.Verify(counted, parsed.GetValue(Head), cancellationToken)
                : AuditFileVerification.Verify(counted, signed, policy, cancellationToken);
        }

        if (parsed.GetValue(CommonOptions.Json))
        {
            AuditResult.Of(findings).WriteJson(host.Output);
        }
        else
        {
            AuditResult.Of(findings).WriteText(host.Output);
        }

        return Task.FromResult(
            findings.Failed ? ExitCode.EvidenceFailed
            : findings.Unchecked ? ExitCode.EvidenceNotChecked
            : ExitCode.Ok
        );
    }

    private delegate T? Parser<T>(ReadOnlySpan<byte> json, out string? reason);

    private static T? Read<T>(string? path, int maxBytes, Parser<T> parse, CommandHost host)
        where T : class =>
        path is null ? null
        : parse(SmallFiles.Read(path, maxBytes, host), out var reason) is { } value ? value
        : throw new CliException($"{path} is not what it should be: {reason}.", ExitCode.Incomplete);

    private static AuditChainHead? ReadHead(ArgumentResult given)
    {
        if (
            given.Tokens[0].Value.Split(':') is [var entries, "sha256", var hex]
            && long.TryParse(entries, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && MerkleHash.TryParse(hex, out var hash)
        )
        {
            return new AuditChainHead(count, hash);
        }

        given.AddError("--head is ENTRIES:sha256:HEX, as `lace audit verify` prints it.");
        return null;
    }
}
