using System.CommandLine;

namespace Lace.Cli.Train;

/// <summary><c>lace train export</c>: fetches what an artifact holds, for its owner.</summary>
internal static class TrainExportCommand
{
    private static readonly Argument<string> Id = new("artifact") { Description = "art-…" };

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "File to write [art-….safetensors in this folder]",
        HelpName = "file",
    };

    private static readonly Option<string?> Certificate = new("--certificate")
    {
        Description = "Also write the certificate into this file",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "export",
            "Fetch an artifact's content, decrypted, as safetensors",
            "The file is written for its owner only, and appears only when all of it is there.",
            "lace train export art-20261120-134501-x7k2p9 --out model.safetensors --certificate certificate.json"
        )
        {
            Id,
            Out,
            Certificate,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var artifact = Uri.EscapeDataString(parsed.GetRequiredValue(Id));
        var path = Path.GetFullPath(parsed.GetValue(Out) ?? artifact + ".safetensors", host.WorkingDirectory);
        if (
            parsed.GetValue(Certificate) is { } certificate
            && !await SavedState.WriteCertificateAsync(
                api,
                parsed.GetRequiredValue(Id),
                Path.GetFullPath(certificate, host.WorkingDirectory),
                cancellationToken
            )
        )
        {
            throw new CliException(
                "There is no such artifact, or it has no certificate: only private training has one.",
                ExitCode.NotFound
            );
        }

        var part = path + ".part";
        try
        {
            await using (var file = PrivateFiles.Open(part, FileMode.Create, FileShare.None))
            {
                await api.DownloadAsync($"v1/artifacts/{artifact}/content", file, cancellationToken);
            }

            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }

        await host.Output.WriteLineAsync(path);
        return ExitCode.Ok;
    }
}
