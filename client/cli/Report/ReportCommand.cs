using System.CommandLine;
using System.Security.Cryptography;

namespace Lace.Cli.Report;

/// <summary>What a report is asked for by.</summary>
internal sealed record ReportRequest(string Id, string Format);

/// <summary>What the service says of a report that it made.</summary>
internal sealed record ReportMade(string Id, string RunId, string AttestationId, string Verdict, string Sha256);

/// <summary>What <c>lace report --json</c> prints.</summary>
internal sealed record ReportWritten(
    string Id,
    string RunId,
    string AttestationId,
    string Verdict,
    string Sha256,
    string Path
);

/// <summary><c>lace report</c>: has a report made and writes it to a file.</summary>
internal static class ReportCommand
{
    private static readonly Option<string> Id = new("--id")
    {
        Description = "A run, or an attestation: then its newest run",
        HelpName = "id",
        Required = true,
    };

    private static readonly Option<string> Format = new Option<string>("--format")
    {
        Description = "html, json or md",
        HelpName = "format",
        DefaultValueFactory = _ => "html",
    }.AcceptOnlyFromAmong("html", "json", "md");

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "File to write, - for standard output [report-….html in this folder]",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "report",
            "Documents a dataset, a run and what its verification found.",
            "The report has the dataset's documentation, training details, the statistic with its null and a plot, the checks, and what all this does not show. It is technical documentation: no legal advice and no finding of compliance. Needs the key of the owner.",
            """
            lace report --id run-20261120-134601-ab12cd
            lace report --id run-20261120-134601-ab12cd --format md --out -
            """
        )
        {
            Id,
            Format,
            Out,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var format = parsed.GetValue(Format)!;
        var made = await api.PostAsync(
            "v1/reports",
            new ReportRequest(parsed.GetValue(Id)!, format),
            CliJson.Default.ReportRequest,
            CliJson.Default.ReportMade,
            null,
            cancellationToken
        );
        var file = await api.GetBytesAsync($"v1/reports/{made.Id}", cancellationToken);
        if (Convert.ToHexStringLower(SHA256.HashData(file)) != made.Sha256)
        {
            throw new CliException("The report was damaged on its way. Run the command again.", ExitCode.Unavailable);
        }

        var path = parsed.GetValue(Out) ?? $"{made.Id}.{format}";
        if (path == "-")
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(file, cancellationToken);
            return ExitCode.Ok;
        }

        await File.WriteAllBytesAsync(path, file, cancellationToken);
        if (parsed.GetValue(CommonOptions.Json))
        {
            var written = new ReportWritten(
                made.Id,
                made.RunId,
                made.AttestationId,
                made.Verdict,
                made.Sha256,
                Path.GetFullPath(path)
            );
            await host.Output.WriteLineAsync(
                System.Text.Json.JsonSerializer.Serialize(written, CliJson.Default.ReportWritten)
            );
        }
        else
        {
            await host.Output.WriteLineAsync(path);
        }

        return ExitCode.Ok;
    }
}
