using System.Text.Json;
using Lace.Cli.Exclusion;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Verify;

/// <summary><c>lace verify --offline</c> of a proof that <c>lace check</c> wrote.</summary>
internal sealed class OfflineExclusion(CommandHost host, OfflineOptions options, LacePolicy? policy)
{
    public async Task<int> RunAsync(byte[] file, bool onTerminal)
    {
        // The cast matters: a null array would become an empty text.
        var text = options.Text is { } path
            ? (ReadOnlyMemory<byte>?)SmallFiles.Read(path, ExclusionProof.MaxBytes, host)
            : null;
        var found = ExclusionVerification.Verify(file, policy, text);
        if (options.Subtract is { } common)
        {
            var phrases = ExclusionFiles.Phrases(common, host);
            found = found with
            {
                WithoutCommon = ExclusionVerification.Subtract(file, found, text!.Value.Span, phrases),
            };
        }

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
            _ => ExitCode.OfExclusion(
                (found.WithoutCommon?.Findings ?? found.Findings!).Verdict,
                found.NearDuplicates?.Verdict
            ),
        };
    }
}
