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

    private static readonly Option<string> Id = new("--id")
    {
        Description = "A run, or an attestation: then its newest run",
        HelpName = "id",
        Required = true,
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

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "verify",
            "Verify a run against the dataset it was made for; needs no API key",
            """
            Prints each check, the statistic with its null, the verdict, and what it does not show.
            Exit code by verdict: 0 CONSISTENT, 12 INCONSISTENT, 13 INCONCLUSIVE or PARTLY_CONSISTENT, 14 the attestation was revoked.
            """,
            """
            lace verify --id run-20261120-134601-ab12cd
            lace verify --id lace-20261120-134501-x7k2p9 --wait 60 --json
            """
        )
        {
            Id,
            Wait,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host), host, parsed.GetValue(CommonOptions.Quiet));
        var deadline = host.Time.GetUtcNow().AddSeconds(parsed.GetValue(Wait));
        var path = "v1/verify/" + Uri.EscapeDataString(parsed.GetRequiredValue(Id));
        var result = await EndedAsync(api, path, host.Time, deadline, cancellationToken);
        if (parsed.GetValue(CommonOptions.Json))
        {
            await host.Output.WriteLineAsync(
                JsonSerializer.Serialize(result, VerificationJson.Default.VerificationResult)
            );
        }
        else
        {
            var unicode =
                parsed.InvocationConfiguration.Output == Console.Out && !Console.IsOutputRedirected && host.UsesColor;
            new VerificationText(host.Output, unicode).Write(result);
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

    private static int ExitCodeOf(VerificationResult result)
    {
        var revoked = result.Checks.Any(check => check is { Name: CheckNames.NotRevoked, Status: CheckStatus.Failed });
        return revoked
            ? ExitCode.Revoked
            : result.Verdict switch
            {
                "CONSISTENT" => ExitCode.Ok,
                "INCONSISTENT" => ExitCode.Inconsistent,
                _ => ExitCode.Inconclusive,
            };
    }
}
