using System.CommandLine;
using System.Text.Json;

namespace Lace.Cli.Train;

/// <summary><c>lace train status</c>: where a training client stands.</summary>
internal static class TrainStatusCommand
{
    private static readonly Argument<string> Id = new("training-client") { Description = "tc-…" };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "status",
            "Where a training client stands, and what it spent of its privacy budget",
            "ε is given by both accountants; both are upper bounds.",
            "lace train status tc-20261120-134501-x7k2p9\nlace train status tc-20261120-134501-x7k2p9 --json"
        )
        {
            Id,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var session = await TrainingSession.OpenAsync(api, parsed.GetRequiredValue(Id), cancellationToken);
        var client = session.Client;
        if (client.DpMetrics is not null)
        {
            client = client with { DpMetrics = await session.PrivacyAsync(cancellationToken) };
        }

        await host.Output.WriteLineAsync(
            parsed.GetValue(CommonOptions.Json)
                ? JsonSerializer.Serialize(client, CliJson.Default.TrainingClientAnswer)
                : $"""
                {client.TrainingClientId} trains {client.ModelRef}: {client.Status}
                steps    {client.Step} made; {client.Pending} operations under way
                privacy  {(client.DpMetrics is { } spent ? TrainText.Of(spent) : "none")}
                """
        );
        return ExitCode.Ok;
    }
}
