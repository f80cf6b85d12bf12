using System.CommandLine;
using Lace.Cli.Verify;
using Lace.Evidence.RecordAudits;

namespace Lace.Cli.RecordAudits;

/// <summary><c>lace audit-records</c>: the owner opens records that were drawn at random, the auditor checks them.</summary>
internal static class AuditRecordsCommand
{
    private static readonly Option<string?> Id = new("--id")
    {
        Description = "An attestation of yours with a fingerprint filter",
        HelpName = "id",
    };

    private static readonly Option<int?> Sample = new("--sample", "-n")
    {
        Description = "How many records to open; with --verify: how many the auditor asked for",
        HelpName = "n",
    };

    private static readonly Option<string[]> Dataset = new("--dataset", "-d")
    {
        Description = "The dataset, as it was given to `lace attest`",
        HelpName = "path",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Salt = new("--salt")
    {
        Description = "The receipt of `lace attest`, which holds the keys [the one kept here]",
        HelpName = "file",
    };

    private static readonly Option<string?> Checkpoint = new("--checkpoint")
    {
        Description =
            "A checkpoint of the log that the auditor named after the attestation was logged [the log's newest]; with --verify: the one he named",
        HelpName = "file",
    };

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "Write the opened records to this file, for the auditor alone",
        HelpName = "file",
    };

    private static readonly Option<string?> Verify = new("--verify")
    {
        Description = "In place of --id: the auditor's side, checked from this file alone without any connection",
        HelpName = "file",
    };

    private static readonly Option<string?> Policy = new("--policy")
    {
        Description = "With --verify: whom you trust; without it no signature is checked",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "audit-records",
            "Open records drawn at random, so that an auditor sees that they are in the filter",
            """
            Owner: the records are drawn from a checkpoint of the transparency log, the dataset is read again (three times), and the records go
            into a file with what leads from them to the signed roots. The file holds their text: give it to the auditor alone.
            Auditor: each record's leaf, its fingerprints and their places in the filter are made again. If a share f of the records had
            been left out of the filter, N records would show it with a probability of 1 - (1 - f)^N: 300 records one of 1 % with 95 %.
            Name checkpoint and N yourself, beforehand: an owner who may choose among many samples finds one that suits him.
            Exit code of --verify: 0 all required checks passed, 20 one failed, 21 one could not be done.
            """,
            """
            curl -fsS https://lace.example.org/v1/log/checkpoint > checkpoint
            lace audit-records --id lace-20261120-134501-x7k2p9 --sample 300 --checkpoint checkpoint --dataset data.jsonl --out audit.json
            lace audit-records --verify audit.json --policy policy.json --sample 300 --checkpoint checkpoint
            lace verify --offline audit.json --policy policy.json
            """
        )
        {
            Id,
            Sample,
            Dataset,
            Salt,
            Checkpoint,
            Out,
            Verify,
            Policy,
        };
        command.Validators.Add(given =>
        {
            var verifies = given.GetValue(Verify) is not null;
            if (verifies == given.GetValue(Id) is not null)
            {
                given.AddError("Give --id, or --verify with a file.");
            }
            else if (
                verifies
                && (
                    given.GetValue(Dataset) is { Length: > 0 }
                    || given.GetValue(Salt) is not null
                    || given.GetValue(Out) is not null
                )
            )
            {
                given.AddError("--dataset, --salt and --out go with --id.");
            }
            else if (!verifies && given.GetValue(Policy) is not null)
            {
                given.AddError("--policy goes with --verify.");
            }
            else if (
                !verifies
                && (
                    given.GetValue(Dataset) is not { Length: > 0 }
                    || given.GetValue(Out) is null
                    || given.GetValue(Sample) is null
                )
            )
            {
                given.AddError("--id needs --sample, --dataset and --out.");
            }
            else if (given.GetValue(Sample) is < 1 or > RecordSample.MaxRecords)
            {
                given.AddError($"--sample is 1 to {RecordSample.MaxRecords}.");
            }
        });
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var host = CommandHost.FromProcess(parsed);
                if (parsed.GetValue(Verify) is { } file)
                {
                    var offline = new OfflineOptions(
                        file,
                        parsed.GetValue(Policy),
                        null,
                        [],
                        null,
                        null,
                        parsed.GetValue(CommonOptions.Json),
                        parsed.GetValue(CommonOptions.Quiet)
                    );
                    return Task.FromResult(
                        new OfflineRecordAudit(host, offline, parsed.GetValue(Checkpoint), parsed.GetValue(Sample)).Run(
                            VerifyCommand.IsOnTerminal(parsed, host)
                        )
                    );
                }

                return new RecordAuditRun(
                    host,
                    parsed.Config(host),
                    new RecordAuditOptions(
                        parsed.GetRequiredValue(Id)!,
                        parsed.GetRequiredValue(Sample)!.Value,
                        parsed.GetRequiredValue(Dataset),
                        parsed.GetValue(Salt),
                        parsed.GetValue(Checkpoint),
                        parsed.GetRequiredValue(Out)!,
                        parsed.GetValue(CommonOptions.Json),
                        parsed.GetValue(CommonOptions.Quiet)
                    )
                ).RunAsync(cancellationToken);
            }
        );
        return command;
    }
}
