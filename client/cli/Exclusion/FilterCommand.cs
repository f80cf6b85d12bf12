using System.CommandLine;

namespace Lace.Cli.Exclusion;

/// <summary><c>lace filter</c>: public filters as files.</summary>
internal static class FilterCommand
{
    private static readonly Option<string> Id = new("--id")
    {
        Description = "An attestation of tier T0",
        HelpName = "id",
        Required = true,
    };

    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "Write the filter to this file",
        HelpName = "file",
        Required = true,
    };

    public static Command Create() => new("filter", "Public fingerprint filters as files") { Download() };

    private static CommandWithExamples Download()
    {
        var command = new CommandWithExamples(
            "download",
            "Download a public filter, to check texts without the service",
            """
            The file holds the signed statement and all blocks, and is there only once the blocks give the root that the statement names.
            What was received of an interrupted download lies beside it, and the same command goes on with it. Whose signature stands under the
            statement, `lace check --filter FILE --policy POLICY` checks. Filters of tiers T1 and T2 stay with the service.
            Exit code: 0 done; 2 the filter is not public; 10 there is none; 20 what came is not the filter that was signed.
            """,
            """
            lace filter download --id lace-20261120-134501-x7k2p9 --out public.filter
            lace check --filter public.filter --text article.txt --policy policy.json --proof article.proof.json
            """
        )
        {
            Id,
            Out,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var host = CommandHost.FromProcess(parsed);
                var options = new FilterDownloadOptions(
                    parsed.GetRequiredValue(Id),
                    parsed.GetRequiredValue(Out),
                    parsed.GetValue(CommonOptions.Json),
                    parsed.GetValue(CommonOptions.Quiet)
                );
                return new FilterDownload(host, parsed.Config(host), options).RunAsync(cancellationToken);
            }
        );
        return command;
    }
}
