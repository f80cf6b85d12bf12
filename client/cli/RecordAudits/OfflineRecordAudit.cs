using System.Text;
using System.Text.Json;
using Lace.Cli.Policy;
using Lace.Cli.Verify;
using Lace.Evidence.Bundles;
using Lace.Evidence.RecordAudits;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;

namespace Lace.Cli.RecordAudits;

/// <summary>The auditor's side: reads a file and computes; it opens no connection.</summary>
/// <param name="checkpoint">File of the checkpoint that the auditor named.</param>
/// <param name="sample">How many records he asked for.</param>
internal sealed class OfflineRecordAudit(CommandHost host, OfflineOptions options, string? checkpoint, int? sample)
{
    public int Run(bool onTerminal)
    {
        var file = SmallFiles.Read(options.File, RecordAudit.MaxBytes, host);
        var policy = options.Policy is { } path ? PolicyFile.Read(path, host).Policy : null;
        var named = checkpoint is null
            ? null
            : Encoding.UTF8.GetString(SmallFiles.Read(checkpoint, SignedNote.MaxBytes, host));
        var found = RecordAuditVerification.Verify(file, policy, new AuditRequest(named, sample));
        if (options.Json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(found, RecordAuditFindingsJson.Default.RecordAuditFindings));
        }
        else
        {
            Write(host.Output, found, onTerminal);
        }

        return found.Outcome switch
        {
            BundleOutcome.Failed => ExitCode.EvidenceFailed,
            BundleOutcome.NotChecked => ExitCode.EvidenceNotChecked,
            _ => ExitCode.Ok,
        };
    }

    private static void Write(TextWriter output, RecordAuditFindings found, bool onTerminal)
    {
        output.WriteLine(
            found.Outcome switch
            {
                BundleOutcome.Passed => $"AUDITED: every required check of {found.Opened:N0} opened records passed",
                BundleOutcome.Failed => $"FAILED: {CheckLines.Names(found.Checks, CheckStatus.Failed)}",
                _ => $"NOT CHECKED: {CheckLines.Names(found.Checks, CheckStatus.NotChecked)}",
            }
        );
        if (found.AttestationId is { } id)
        {
            output.WriteLine($"attestation {CheckLines.Plain(id)}");
            output.WriteLine(
                $"{found.Opened:N0} of {found.Records:N0} records, {found.Fingerprinted:N0} of them with {found.Fingerprints:N0} fingerprints"
            );
        }

        foreach (var one in found.Confidence)
        {
            output.WriteLine(
                $"  had {one.Omitted:0.###%} of such records been left out of the filter, this sample would have shown it with a probability of at least {one.Noticed:0.##%}"
            );
        }

        output.WriteLine();
        CheckLines.Write(output, onTerminal, found.Checks);
        CheckLines.WriteDoesNotShow(output, found.DoesNotShow);
    }
}
