using System.CommandLine;
using System.Text.Json;

namespace Lace.Cli.Train;

/// <summary><c>lace train save</c>: seals the state of a training client and fetches its certificate.</summary>
internal static class TrainSaveCommand
{
    private static readonly Argument<string> Id = new("training-client") { Description = "tc-…" };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "Of the state, for lists",
        HelpName = "text",
        DefaultValueFactory = _ => "state",
    };

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "File for the certificate [NAME.dp-certificate.json in this folder]",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "save",
            "Seal the state of a training client and fetch its certificate",
            "The artifact stays in the service; `lace train export` fetches it.",
            "lace train save tc-20261120-134501-x7k2p9 --name half-way --out half-way.json"
        )
        {
            Id,
            Name,
            Out,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var session = await TrainingSession.OpenAsync(api, parsed.GetRequiredValue(Id), cancellationToken);
        var saved = await SavedState.SaveAsync(
            api,
            session,
            parsed.GetRequiredValue(Name),
            null,
            parsed.GetValue(Out),
            host,
            cancellationToken
        );
        await host.Output.WriteLineAsync(
            parsed.GetValue(CommonOptions.Json)
                ? JsonSerializer.Serialize(saved, CliJson.Default.StateSaved)
                : $"artifact     {saved.ArtifactId}\ncertificate  {saved.Certificate ?? "none: only private training has one"}"
        );
        return ExitCode.Ok;
    }
}
