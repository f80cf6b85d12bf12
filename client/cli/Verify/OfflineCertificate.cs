using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Verify;

/// <summary><c>lace verify --offline</c> of a DP certificate: signatures and log as of a bundle, and ε computed again.</summary>
internal sealed class OfflineCertificate(CommandHost host, OfflineOptions options, LacePolicy? policy)
{
    public async Task<int> RunAsync(byte[] file, bool onTerminal, CancellationToken cancellationToken)
    {
        var epsilon = CertificateFile.Parse(file, out _)?.Read() is { } certificate
            ? CertifiedEpsilon.Compute(certificate)
            : null;
        var artifact = options.Artifact is { } path ? await HashAsync(path, cancellationToken) : (MerkleHash?)null;
        var found = CertificateVerification.Verify(file, new(policy, epsilon, artifact));
        if (options.Json)
        {
            await host.Output.WriteLineAsync(
                JsonSerializer.Serialize(found, CertificateFindingsJson.Default.CertificateFindings)
            );
        }
        else
        {
            new CertificateText(host.Output, onTerminal).Write(found);
        }

        return found.Outcome switch
        {
            BundleOutcome.Failed => ExitCode.EvidenceFailed,
            BundleOutcome.NotChecked => ExitCode.EvidenceNotChecked,
            _ => ExitCode.Ok,
        };
    }

    private async Task<MerkleHash> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var content = SmallFiles.Open(path, host);
        try
        {
            return new MerkleHash(await SHA256.HashDataAsync(content, cancellationToken));
        }
        catch (IOException cause)
        {
            throw new CliException($"{path} cannot be read: {cause.Message}", ExitCode.Incomplete, cause);
        }
    }
}
