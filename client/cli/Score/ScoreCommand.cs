using System.CommandLine;
using Lace.Evidence.Trajectories;

namespace Lace.Cli.Score;

/// <summary><c>lace score FILE…</c>: the trajectory test on recorded runs, offline.</summary>
public static class ScoreCommand
{
    public const int AllConsistent = 0;
    public const int NotRead = 3;
    public const int SomeInconsistent = 12;
    public const int SomeUndecided = 13;

    private static readonly string[] Orders = ["nonce", "epoch", "streamed", "unknown"];

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Run files (format: docs/trajectory.md, section 6).",
            Arity = ArgumentArity.OneOrMore,
        };
        files.Validators.Add(given =>
        {
            // An option with a slip of the pen would otherwise pass for the name of a file.
            if (given.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
            {
                given.AddError($"Unknown option {option.Value} (for a file of that name write ./{option.Value}).");
            }
        });
        var order = new Option<string>("--order")
        {
            Description =
                "How the order of the batches was bound before training: nonce, epoch, streamed or unknown. A run file does not say; "
                + "without this option the verdict assumes that it was bound, and says so.",
        };
        order.AcceptOnlyFromAmong(Orders);
        var command = new CommandWithExamples(
            "score",
            "Test whether logged losses follow the claimed batches, offline",
            """
            Exit code: 0 all CONSISTENT; 12 at least one INCONSISTENT; 13 at least one PARTLY_CONSISTENT or INCONCLUSIVE and
            none INCONSISTENT; 2 wrong usage; 3 a file could not be read (the others are still scored).
            With --json one JSON object a file, one a line.
            """,
            """
            lace score run.json
            lace score runs/*.json --order streamed --json
            """
        )
        {
            files,
            order,
        };
        command.SetAction(result =>
            Run(
                result.GetRequiredValue(files),
                result.GetValue(order),
                result.GetValue(CommonOptions.Json)
                    ? new ScoreJson(result.InvocationConfiguration.Output)
                    : new ScoreText(result.InvocationConfiguration.Output),
                result.InvocationConfiguration.Error
            )
        );
        return command;
    }

    private static int Run(string[] files, string? order, IScoreOutput output, TextWriter error)
    {
        var verdicts = new List<Verdict>();
        foreach (var file in files)
        {
            if (Read(file, error) is { } run)
            {
                var scored = ScoredRun.Of(run, order);
                verdicts.Add(scored.Verdict.Outcome);
                output.Write(scored);
            }
        }

        output.End(order, verdicts.Count);
        return verdicts.Count < files.Length ? NotRead
            : verdicts.Contains(Verdict.Inconsistent) ? SomeInconsistent
            : verdicts.TrueForAll(verdict => verdict == Verdict.Consistent) ? AllConsistent
            : SomeUndecided;
    }

    private static RunFile? Read(string path, TextWriter error)
    {
        try
        {
            using var stream = File.OpenRead(path);
            // One byte more than allowed is enough to tell; a pipe or a file that grows has no length to ask for.
            using var content = new MemoryStream();
            var buffer = new byte[1 << 16];
            int read;
            while (content.Length <= RunFile.MaxBytes && (read = stream.Read(buffer)) > 0)
            {
                content.Write(buffer, 0, read);
            }

            return RunFile.Parse(content.GetBuffer().AsMemory(0, (int)content.Length));
        }
        catch (Exception exception)
            when (exception is RunFileException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            error.WriteLine($"lace score: {path}: {exception.Message}");
            return null;
        }
    }
}
