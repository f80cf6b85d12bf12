using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary><c>lace verify</c>: what was committed, what was trained, and whether they agree.</summary>
internal static class VerifyCommand
{
    private const int MaxWait = 86_400;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private static readonly Option<string?> Id = new("--id")
    {
        Description = "A run, or an attestation: then its newest run",
        HelpName = "id",
    };

    static VerifyCommand() =>
        Id.Validators.Add(given =>
        {
            if (given.Tokens is [{ Value: "" }])
            {
                given.AddError("--id is empty: give the id of a run or an attestation.");
            }
        });

    private static readonly Option<int> Wait = new("--wait")
    {
        Description = "Wait so long for the end of the run to arrive [0]",
        HelpName = "seconds",
        CustomParser = given =>
        {
            if (int.TryParse(given.Tokens[0].Value, NumberStyles.None, null, out var seconds) && seconds <= MaxWait)
            {
                return seconds;
            }

            given.AddError($"--wait is from 0 to {MaxWait} seconds.");
            return 0;
        },
    };

    private static readonly Option<string?> Offline = new("--offline")
    {
        Description =
            "In place of --id: a bundle, a DP certificate, a proof of `lace check` or a file of `lace audit-records`, checked from files alone, without any connection",
        HelpName = "file",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Policy = new("--policy")
    {
        Description = "With --offline: whom you trust; without it no signature is checked",
        HelpName = "file",
    };

    private static readonly Option<string?> RunLog = new("--run-log")
    {
        Description = "With --offline: the run-log file, from which the score is computed again",
        HelpName = "file",
    };

    private static readonly Option<string[]> Dataset = new("--dataset")
    {
        Description = "With --offline: the dataset, as it was given to `lace attest`; its root is computed again",
        HelpName = "path",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Salt = new("--salt")
    {
        Description = "With --dataset: the receipt of `lace attest`, which holds the salt key [the one kept here]",
        HelpName = "file",
    };

    private static readonly Option<string?> Artifact = new("--artifact")
    {
        Description = "With --offline and a certificate: the artifact's content, whose hash is compared",
        HelpName = "file",
    };

    private static readonly Option<string?> Text = new("--text")
    {
        Description = "With --offline and a proof of `lace check`: the text; its fingerprints are made again",
        HelpName = "file",
    };

    private static readonly Option<string?> Subtract = new("--subtract")
    {
        Description = "With --text: a file of `lace phrases build`; what its phrases explain counts for no verdict",
        HelpName = "file",
    };

    private static readonly Option<bool> Explain = new("--explain")
    {
        Description = "With --offline: print what each check means, and nothing else",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "verify",
            "Verify a run against the dataset it was made for; needs no API key",
            """
            Prints each check, the statistic with its null, the verdict, and what it does not show.
            Exit code by verdict: 0 CONSISTENT, 12 INCONSISTENT, 13 INCONCLUSIVE or PARTLY_CONSISTENT, 14 the attestation was revoked.
            With --offline the same where all required checks passed; else 20 where one failed, 21 where one could not be done.
            Of a DP certificate ε is computed again from its phases by both accountants; exit code 0 where all required checks passed.
            """,
            """
            lace verify --id run-20261120-134601-ab12cd
            lace verify --id lace-20261120-134501-x7k2p9 --wait 60 --json
            lace verify --offline evidence.bundle.json --policy policy.json --run-log run.jsonl
            lace verify --offline evidence.bundle.json --policy policy.json --dataset data.jsonl
            lace verify --offline art.dp-certificate.json --policy policy.json --artifact art.safetensors
            lace verify --offline article.proof.json --policy policy.json --text article.txt
            lace verify --offline --explain
            """
        )
        {
            Id,
            Wait,
            Offline,
            Policy,
            RunLog,
            Dataset,
            Salt,
            Artifact,
            Text,
            Subtract,
            Explain,
        };
        command.Validators.Add(given =>
        {
            var offline = given.GetResult(Offline) is not null;
            if (offline == given.GetResult(Id) is not null)
            {
                given.AddError("Give --id, or --offline with a bundle or a certificate.");
            }
            else if (offline && given.GetResult(Wait) is { Implicit: false })
            {
                given.AddError("--wait is for a run on a service.");
            }
            else if (
                !offline
                && ((Option[])[Policy, RunLog, Dataset, Salt, Artifact, Text, Subtract, Explain]).Any(option =>
                    given.GetResult(option) is { Implicit: false }
                )
            )
            {
                given.AddError(
                    "--policy, --run-log, --dataset, --salt, --artifact, --text, --subtract and --explain go with --offline."
                );
            }
            else if (offline && given.GetValue(Offline) is null && !given.GetValue(Explain))
            {
                given.AddError("--offline needs the path of a bundle or a certificate.");
            }
        });
        command.SetAction(
            (parsed, cancellationToken) =>
                parsed.GetResult(Offline) is null
                    ? OnlineAsync(parsed, cancellationToken)
                    : OfflineAsync(parsed, cancellationToken)
        );
        return command;
    }

    private static async Task<int> OfflineAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        if (parsed.GetValue(Explain))
        {
            OfflineText.Explain(host.Output);
            return ExitCode.Ok;
        }

        var options = new OfflineOptions(
            parsed.GetRequiredValue(Offline)!,
            parsed.GetValue(Policy),
            parsed.GetValue(RunLog),
            parsed.GetValue(Dataset) ?? [],
            parsed.GetValue(Salt),
            parsed.GetValue(Artifact),
            parsed.GetValue(CommonOptions.Json),
            parsed.GetValue(CommonOptions.Quiet),
            parsed.GetValue(Text),
            parsed.GetValue(Subtract)
        );
        return await new OfflineVerification(host, options).RunAsync(IsOnTerminal(parsed, host), cancellationToken);
    }

    /// <summary>Whether marks and colours make sense.</summary>
    internal static bool IsOnTerminal(ParseResult parsed, CommandHost host) =>
        parsed.InvocationConfiguration.Output == Console.Out && !Console.IsOutputRedirected && host.UsesColor;

    private static async Task<int> OnlineAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host), host, parsed.GetValue(CommonOptions.Quiet));
        var deadline = host.Time.GetUtcNow().AddSeconds(parsed.GetValue(Wait));
        var path = "v1/verify/" + Uri.EscapeDataString(parsed.GetRequiredValue(Id)!);
        var result = await EndedAsync(api, path, host.Time, deadline, cancellationToken);
        if (parsed.GetValue(CommonOptions.Json))
        {
            await host.Output.WriteLineAsync(
                JsonSerializer.Serialize(result, VerificationJson.Default.VerificationResult)
            );
        }
        else
        {
            new VerificationText(host.Output, IsOnTerminal(parsed, host)).Write(result);
        }

        return ExitCodeOf(result);
    }

    /// <summary>The result once the run is finished, or as it is at the deadline. Before that, not even the first segment may be there.</summary>
    private static async Task<VerificationResult> EndedAsync(
        LaceApi api,
        string path,
        TimeProvider time,
        DateTimeOffset deadline,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var result = await api.GetAsync(path, VerificationJson.Default.VerificationResult, cancellationToken);
            if (result.Run.Finished || time.GetUtcNow() >= deadline)
            {
                return result;
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }

    private static int ExitCodeOf(VerificationResult result) =>
        ExitCode.OfVerdict(
            result.Verdict,
            result.Checks.Any(check => check is { Name: CheckNames.NotRevoked, Status: CheckStatus.Failed })
        );
}
