using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Bundles;

namespace Lace.Cli.Bundle;

/// <summary>What <c>lace bundle --json</c> prints.</summary>
/// <param name="RunLogSha256">As the bundle names it.</param>
internal sealed record BundleWritten(
    string RunId,
    string AttestationId,
    string Path,
    int Bytes,
    int Statements,
    string RunLogSha256,
    string? RunLog,
    string? Sigstore
);

/// <summary><c>lace bundle</c>: fetches the evidence of a run as one file.</summary>
internal static class BundleCommand
{
    private static readonly Option<string> Id = new("--id")
    {
        Description = "A run, or an attestation: then its newest run",
        HelpName = "id",
        Required = true,
    };

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "File to write [run-….bundle.json in this folder]",
        HelpName = "file",
    };

    private static readonly Option<string?> RunLog = new("--run-log")
    {
        Description = "Also write the run-log file, with which the score can be computed again; needs the owner's key",
        HelpName = "file",
    };

    private static readonly Option<string?> Sigstore = new("--sigstore")
    {
        Description = "Also write each statement as .sigstore.json, .hyb and .tlog-proof into this folder",
        HelpName = "folder",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "bundle",
            "Fetch the evidence of a run as one file of at most 68 KB",
            """
            The file holds the signed statements of dataset, run and verification with their proofs from the transparency log. Check
            it anywhere with `lace verify --offline`. It needs no key; the run-log file does, as only the owner decides who gets it.
            """,
            """
            lace bundle --id run-20261120-134601-ab12cd
            lace bundle --id run-20261120-134601-ab12cd --out evidence.bundle.json --run-log run.jsonl
            """
        )
        {
            Id,
            Out,
            RunLog,
            Sigstore,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        var config = parsed.Config(host);
        var logPath = parsed.GetValue(RunLog);
        using var api = new LaceApi(
            logPath is null ? config : config.RequireKey(),
            host,
            parsed.GetValue(CommonOptions.Quiet)
        );
        var bytes = await api.GetBytesAsync(
            "v1/bundles/" + Uri.EscapeDataString(parsed.GetRequiredValue(Id)),
            cancellationToken
        );
        var bundle =
            EvidenceBundle.Parse(bytes, out var reason)
            ?? throw new CliException($"{config.Address} sent no bundle: {reason}.", ExitCode.Unavailable);
        var path = Path.GetFullPath(
            parsed.GetValue(Out) ?? Path.GetFileName(bundle.RunId) + ".bundle.json",
            host.WorkingDirectory
        );
        await File.WriteAllBytesAsync(path, bytes, cancellationToken);
        if (logPath is not null)
        {
            logPath = Path.GetFullPath(logPath, host.WorkingDirectory);
            await WriteRunLogAsync(api, bundle, logPath, cancellationToken);
        }

        var folder = parsed.GetValue(Sigstore);
        if (folder is not null)
        {
            folder = Path.GetFullPath(folder, host.WorkingDirectory);
            await SigstoreFiles.WriteAsync(api, bundle, folder, cancellationToken);
        }

        var written = new BundleWritten(
            bundle.RunId,
            bundle.AttestationId,
            path,
            bytes.Length,
            bundle.Statements.Count,
            bundle.RunLog.Sha256.ToString(),
            logPath,
            folder
        );
        await host.Output.WriteLineAsync(
            parsed.GetValue(CommonOptions.Json)
                ? JsonSerializer.Serialize(written, CliJson.Default.BundleWritten)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}\n{written.Bytes:N0} bytes of at most {EvidenceBundle.MaxBytes:N0}; {written.Statements} statements"
                )
        );
        return ExitCode.Ok;
    }

    private static async Task WriteRunLogAsync(
        LaceApi api,
        EvidenceBundle bundle,
        string path,
        CancellationToken cancellationToken
    )
    {
        await using (var file = File.Create(path))
        {
            await api.DownloadAsync(
                NamedRunLog.From(Uri.EscapeDataString(bundle.RunId)).TrimStart('/'),
                file,
                cancellationToken
            );
        }

        await using var written = File.OpenRead(path);
        var digest = await SHA256.HashDataAsync(written, cancellationToken);
        if (Convert.ToHexStringLower(digest) != bundle.RunLog.Sha256.ToString())
        {
            throw new CliException(
                "The run's log is not the one that the bundle names: something of the run changed meanwhile. Run the command again.",
                ExitCode.Unavailable
            );
        }
    }
}
