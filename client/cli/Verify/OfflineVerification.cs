using System.Text.Json;
using Lace.Cli.Policy;
using Lace.Cli.RecordAudits;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.RecordAudits;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Verify;

/// <summary>What was given to <c>lace verify --offline</c>.</summary>
internal sealed record OfflineOptions(
    string File,
    string? Policy,
    string? RunLog,
    IReadOnlyList<string> Dataset,
    string? Salt,
    string? Artifact,
    bool Json,
    bool Quiet,
    string? Text = null,
    string? Subtract = null
);

/// <summary><c>lace verify --offline</c>: reads files and computes; it opens no connection.</summary>
internal sealed class OfflineVerification(CommandHost host, OfflineOptions options)
{
    private const string TextOfCheck = "--text and --subtract go with a proof of `lace check`.";

    public async Task<int> RunAsync(bool onTerminal, CancellationToken cancellationToken)
    {
        var file = SmallFiles.Read(options.File, RecordAudit.MaxBytes, host);
        if (RecordAudit.IsNamedIn(file))
        {
            Refuse(
                options is not { RunLog: null, Dataset: [], Salt: null, Artifact: null, Text: null, Subtract: null },
                "Of --offline's options an audit of records takes --policy alone."
            );
            return new OfflineRecordAudit(host, options, null, null).Run(onTerminal);
        }

        var policy = options.Policy is { } path ? PolicyFile.Read(path, host).Policy : null;
        if (CertificateFile.IsNamedIn(file))
        {
            Refuse(
                options is not { RunLog: null, Dataset: [], Salt: null },
                "--run-log, --dataset and --salt go with a bundle."
            );
            Refuse(options is not { Text: null, Subtract: null }, TextOfCheck);
            return await new OfflineCertificate(host, options, policy).RunAsync(file, onTerminal, cancellationToken);
        }

        Refuse(options.Artifact is not null, "--artifact goes with a certificate.");
        if (ExclusionProof.IsNamedIn(file))
        {
            Refuse(
                options is not { RunLog: null, Dataset: [], Salt: null },
                "--run-log, --dataset and --salt go with a bundle."
            );
            Refuse(
                options is { Subtract: not null, Text: null },
                "--subtract needs --text: phrases are found in the text."
            );
            return await new OfflineExclusion(host, options, policy).RunAsync(file, onTerminal);
        }

        Refuse(options is not { Text: null, Subtract: null }, TextOfCheck);
        var root = await RootAsync(file, cancellationToken);
        var found = BundleVerification.Verify(file, new(policy, RunLog(), root));
        if (options.Json)
        {
            await host.Output.WriteLineAsync(
                JsonSerializer.Serialize(found, BundleFindingsJson.Default.BundleFindings)
            );
        }
        else
        {
            new OfflineText(host.Output, onTerminal).Write(found);
        }

        return ExitCodeOf(found);
    }

    private static void Refuse(bool isWrong, string reason)
    {
        if (isWrong)
        {
            throw new CliException(reason, ExitCode.Usage);
        }
    }

    private OfferedRunLog? RunLog()
    {
        if (options.RunLog is not { } path)
        {
            return null;
        }

        using var file = SmallFiles.Open(path, host);
        return OfferedRunLog.Read(file);
    }

    private async Task<MerkleHash?> RootAsync(byte[] file, CancellationToken cancellationToken) =>
        options.Dataset.Count > 0
        && EvidenceBundle.Parse(file, out _) is { } bundle
        && Statement.TryParse(bundle.Statements[0].Signed.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.Dataset, out var attested)
            ? await new OwnDataset(host, options.Dataset, options.Salt, options.Quiet).RootAsync(
                attested,
                cancellationToken
            )
            : null;

    private static int ExitCodeOf(BundleFindings found) =>
        found.Outcome switch
        {
            BundleOutcome.Failed => ExitCode.EvidenceFailed,
            BundleOutcome.NotChecked => ExitCode.EvidenceNotChecked,
            _ => ExitCode.OfVerdict(found.Verdict, found.Revoked),
        };
}
