using System.CommandLine;

namespace Lace.Cli.Exclusion;

/// <summary>What was given to <c>lace check</c>.</summary>
/// <param name="Id">Null where <paramref name="Filter"/> tells it.</param>
/// <param name="Filter">A file of <c>lace filter download</c>: nothing is asked of the service.</param>
/// <param name="Subtract">A file of <c>lace phrases build</c>.</param>
internal sealed record CheckOptions(
    string? Id,
    IReadOnlyList<string> Texts,
    string? Policy,
    string? Proof,
    bool Csv,
    bool DryRun,
    bool Json,
    bool Quiet,
    string? Filter = null,
    string? Subtract = null
);

/// <summary><c>lace check</c>: whether a text is in a committed dataset.</summary>
internal static class CheckCommand
{
    private static readonly Option<string?> Id = new("--id")
    {
        Description = "An attestation with a fingerprint filter, of yours or of somebody who lets callers ask",
        HelpName = "id",
    };

    private static readonly Option<string?> Filter = new("--filter")
    {
        Description = "In place of --id: a file of `lace filter download`; then nothing leaves this machine",
        HelpName = "file",
    };

    private static readonly Option<string[]> Text = new("--text", "-t")
    {
        Description = "Files with one text each; - is standard input",
        HelpName = "file",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Policy = new("--policy")
    {
        Description = "Whom you trust, as with `lace verify --offline`; without it no signature is checked",
        HelpName = "file",
    };

    private static readonly Option<string?> Proof = new("--proof")
    {
        Description = "Write the proof here; of several texts one file each into this folder",
        HelpName = "path",
    };

    private static readonly Option<string?> Subtract = new("--subtract")
    {
        Description =
            "A file of `lace phrases build`: what its phrases explain is shown apart and counts for no verdict",
        HelpName = "file",
    };

    private static readonly Option<bool> Csv = new("--csv") { Description = "Print a table, one line a text" };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Print the fingerprints that would be sent; ask nothing about the text",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "check",
            "Ask whether a text is in a committed dataset",
            """
            The text stays here: salted fingerprints of 48 normalised bytes leave, and the blocks of the filter on which they fall come
            back with their proof. CLEAR: no run of 111 bytes (about 19 words) of the text is in the dataset, but for at most two
            places. PRESENT: more of it is there than chance finds. It says nothing of paraphrases, nor of what was never committed.
            With --subtract the verdict is that of what is left of the text; a proof always has the verdict over all of it.
            Apart from it, where the attestation has a filter for them: near-duplicates, whole records with most of their rows of three words
            in common with the whole text. NEAR, NOT_FOUND or UNDECIDED, by how many of 32 keys of the text are found.
            Exit code: 0 CLEAR, 16 PRESENT, 13 INCONCLUSIVE, 18 CLEAR and NEAR; of several texts the first of 16, 3 (one could not be asked),
            13, 18 and 0 that holds.
            """,
            """
            lace check --id lace-20261120-134501-x7k2p9 --text article.txt --policy policy.json --proof article.proof.json
            lace verify --offline article.proof.json --policy policy.json --text article.txt
            lace check --id lace-20261120-134501-x7k2p9 --text articles/*.txt --csv
            pandoc page.html -t plain | lace check --id lace-20261120-134501-x7k2p9 --text -
            lace check --id lace-20261120-134501-x7k2p9 --text article.txt --subtract licences.phrases
            lace check --filter public.filter --text article.txt --policy policy.json
            lace check --id lace-20261120-134501-x7k2p9 --text article.txt --dry-run
            """
        )
        {
            Id,
            Filter,
            Text,
            Policy,
            Proof,
            Subtract,
            Csv,
            DryRun,
        };
        command.Validators.Add(given =>
        {
            if (given.GetValue(Csv) && given.GetValue(CommonOptions.Json))
            {
                given.AddError("Give --csv or --json, not both.");
            }
            else if (given.GetValue(Id) is null == given.GetValue(Filter) is null)
            {
                given.AddError("Give --id or --filter.");
            }
        });
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var host = CommandHost.FromProcess(parsed);
                var options = new CheckOptions(
                    parsed.GetValue(Id),
                    parsed.GetRequiredValue(Text),
                    parsed.GetValue(Policy),
                    parsed.GetValue(Proof),
                    parsed.GetValue(Csv),
                    parsed.GetValue(DryRun),
                    parsed.GetValue(CommonOptions.Json),
                    parsed.GetValue(CommonOptions.Quiet),
                    parsed.GetValue(Filter),
                    parsed.GetValue(Subtract)
                );
                return new CheckRun(host, parsed.Config(host), options).RunAsync(cancellationToken);
            }
        );
        return command;
    }
}
