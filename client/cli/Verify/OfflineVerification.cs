using System.Text.Json;
using Lace.Cli.Policy;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Verify;

/// <summary>What was given to <c>lace verify --offline</c>.</summary>
internal sealed record OfflineOptions(
    string Bundle,
    string? Policy,
    string? RunLog,
    IReadOnlyList<string> Dataset,
    string? Salt,
    bool Json,
    bool Quiet,
    string? Text = null
);

/// <summary><c>lace verify --offline</c>: reads files and computes; it opens no connection.</summary>
internal sealed class OfflineVerification(CommandHost host, OfflineOptions options)
{
    public async Task<int> RunAsync(bool onTerminal, CancellationToken cancellationToken)
    {
        var bundle = SmallFiles.Read(options.Bundle, ExclusionProof.MaxBytes, host);
        var policy = options.Policy is { } path ? PolicyFile.Read(path, host).Policy : null;
        if (ExclusionProof.IsNamed(bundle))
        {
            return await ExclusionAsync(bundle, policy, onTerminal);
        }

        if (options.Text is not null)
        {
            throw new CliException("--text goes with the proof of `lace check`; this file is none.", ExitCode.Usage);
        }

        var root = await RootAsync(bundle, cancellationToken);
        var found = BundleVerification.Verify(bundle, new(policy, RunLog(), root));
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

    private async Task<int> ExclusionAsync(byte[] proof, LacePolicy? policy, bool onTerminal)
    {
        if (options.RunLog is not null || options.Dataset.Count > 0)
        {
            throw new CliException("--run-log and --dataset go with a bundle; this file is a proof of `lace check`.", ExitCode.Usage);
        }

        // The cast matters: a null array would become an empty text.
        var text = options.Text is { } path
            ? (ReadOnlyMemory<byte>?)SmallFiles.Read(path, ExclusionProof.MaxBytes, host)
            : null;
        var found = ExclusionVerification.Verify(proof, policy, text);
        if (options.Json)
        {
            await host.Output.WriteLineAsync(
                JsonSerializer.Serialize(found, ExclusionCheckJson.Default.ExclusionCheck)
            );
        }
        else
        {
            ExclusionText.Write(host.Output, found, onTerminal);
        }

        return found.Outcome switch
        {
            BundleOutcome.Failed => ExitCode.EvidenceFailed,
            BundleOutcome.NotChecked => ExitCode.EvidenceNotChecked,
            _ => ExitCode.OfExclusion(found.Findings!.Verdict),
        };
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
