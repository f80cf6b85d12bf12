using System.CommandLine;
using Lace.Evidence.Datasets;

namespace Lace.Cli.Attest;

/// <summary><c>lace attest</c>: commits to a dataset.</summary>
internal static class AttestCommand
{
    private static readonly Option<string[]> Dataset = new("--dataset", "-d")
    {
        Description = "Files, folders or globs, in this order; - reads JSON Lines from standard input",
        HelpName = "path",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Name of the dataset [the last part of the first path]; it is sent",
        HelpName = "text",
    };

    private static readonly Option<string[]> Metadata = new("--metadata")
    {
        Description = "Anything to keep with it, as key=value; it is sent",
        HelpName = "k=v",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Plan = new("--plan")
    {
        Description = "How you mean to train, as epochs=E,batch=B[,order=shuffled|sequential]; gives a prediction",
        HelpName = "plan",
    };

    private static readonly Option<string?> Format = new("--format")
    {
        Description = "Read every file so, whatever its suffix; file takes each file as one record",
    };

    private static readonly Option<string?> Field = new("--field")
    {
        Description = "The member of each record that is trained on, a.b for nested ones",
        HelpName = "name",
    };

    private static readonly Option<string?> ResponseField = new("--response-field")
    {
        Description = "As --field, where the loss is masked to it",
        HelpName = "name",
    };

    private static readonly Option<int?> MaxSequenceLength = new("--max-seq-len")
    {
        Description = "Tokens after which a record is cut off in training, taken as 4 bytes each",
        HelpName = "tokens",
    };

    private static readonly Option<long?> MaxBytes = new("--max-bytes")
    {
        Description = "Bytes after which a record is cut off in training",
        HelpName = "bytes",
    };

    private static readonly Option<int> Jobs = new("--jobs")
    {
        Description = "Threads [one a core]",
        HelpName = "n",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<string> Fingerprints = new("--fingerprints")
    {
        Description =
            "Filter for exclusion checks: T1 stays with the service [T1], T0 is public, T2 depends on a key of yours, none makes none",
        HelpName = "tier",
        DefaultValueFactory = _ => "T1",
    };

    private static readonly Option<string> Checks = new("--checks")
    {
        Description = "Who may ask the filter: callers with any key of the service [callers], or owner",
        HelpName = "who",
        DefaultValueFactory = _ => "callers",
    };

    private static readonly Option<string?> Shard = new("--shard")
    {
        Description = "Read only the i-th of n shares of the files, and write what is known of them to --out",
        HelpName = "i/n",
    };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Folder of the shard files, one for all machines",
        HelpName = "folder",
    };

    private static readonly Option<string?> Merge = new("--merge")
    {
        Description = "Attest the dataset whose shard files are in a folder; no --dataset then",
        HelpName = "folder",
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Print the statement and how many bytes would be sent; send nothing",
    };

    static AttestCommand()
    {
        Format.AcceptOnlyFromAmong("jsonl", "json", "csv", "tsv", "text", "file");
        Fingerprints.AcceptOnlyFromAmong("T0", "T1", "T2", "none");
        Checks.AcceptOnlyFromAmong("callers", "owner");
    }

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "attest",
            "Commits to a dataset before training: one hash over all records and their features",
            """
            Records are read here, twice, and stay here. What is sent: of each record a salted digest and 13 numbers, a filter of
            salted fingerprints of all text and one of keys of whole records, for near-duplicates, and the counts printed at the end. The filter answers whether a text is in the data
            (`lace check`): --fingerprints none sends none. Standard input is kept for the second reading in a file without a name that only you can
            open; it is gone when the command ends. An interrupted upload goes on when the same command runs again.
            """,
            """
            lace attest --dataset data.jsonl --field text --plan epochs=3,batch=8
            lace attest --dataset ./corpus --name my-corpus --metadata license=CC0 source=web
            lace attest --dataset 'parts/*.jsonl.gz' --response-field answer --max-seq-len 512
            zcat dump.gz | lace attest --dataset - --field text
            lace attest --dataset ./web-corpus --fingerprints T0
            lace attest --dataset ./corpus --dry-run
            lace attest --dataset /data --shard 3/16 --out /data/.shards      # on each machine; --merge says what next
            lace attest --merge /data/.shards --name my-corpus
            """
        )
        {
            Dataset,
            Name,
            Metadata,
            Plan,
            Format,
            Field,
            ResponseField,
            MaxSequenceLength,
            MaxBytes,
            Fingerprints,
            Checks,
            Jobs,
            Shard,
            Out,
            Merge,
            DryRun,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var host = CommandHost.FromProcess(parsed);
                var options = Read(parsed);
                return parsed.GetValue(Merge) is { } folder
                        ? new MergeRun(host, parsed.Config(host), options, ShardFolder.Of(folder, host)).RunAsync(
                            cancellationToken
                        )
                    : parsed.GetValue(Out) is { } output && options.Shard is not null
                        ? new ShardRun(host, options, ShardFolder.Of(output, host)).RunAsync(cancellationToken)
                    : new AttestRun(host, parsed.Config(host), options).RunAsync(cancellationToken);
            }
        );
        return command;
    }

    private static AttestOptions Read(ParseResult parsed)
    {
        var jobs = parsed.GetValue(Jobs);
        var name = parsed.GetValue(Name);
        if (jobs is < 1 or > 256)
        {
            throw new CliException("--jobs is 1 to 256.", ExitCode.Usage);
        }

        var paths = parsed.GetValue(Dataset) ?? [];
        var isMerge = parsed.GetValue(Merge) is not null;
        if (isMerge != (paths.Length == 0) || (parsed.GetValue(Shard) is null) != (parsed.GetValue(Out) is null))
        {
            throw new CliException(
                isMerge ? "--merge takes the folder alone: the shards know their dataset."
                    : paths.Length == 0 ? "Name the dataset: --dataset PATH."
                    : "--shard i/n and --out FOLDER go together.",
                ExitCode.Usage
            );
        }

        if (name is { Length: 0 or > AttestOptions.NameLimit })
        {
            throw new CliException($"--name has 1 to {AttestOptions.NameLimit} characters.", ExitCode.Usage);
        }

        return new AttestOptions(
            isMerge ? [parsed.GetValue(Merge)!] : paths,
            name,
            AttestOptions.ParseMetadata(parsed.GetValue(Metadata) ?? []),
            parsed.GetValue(Plan) is { } plan ? AttestOptions.ParsePlan(plan) : null,
            parsed.GetValue(Format) is { } format ? SourceFormats.Of(format) : null,
            AttestOptions.ParsePart(
                parsed.GetValue(Field),
                parsed.GetValue(ResponseField),
                parsed.GetValue(MaxBytes),
                parsed.GetValue(MaxSequenceLength)
            ),
            jobs,
            parsed.GetValue(DryRun),
            parsed.GetValue(CommonOptions.Json),
            parsed.GetValue(CommonOptions.Quiet),
            AttestOptions.ParseFilter(parsed.GetRequiredValue(Fingerprints), parsed.GetRequiredValue(Checks)),
            parsed.GetValue(Shard) is { } shard ? ShardNumber.Parse(shard) : null
        );
    }
}
