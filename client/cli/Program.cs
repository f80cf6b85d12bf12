using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Lace.Cli.Admin;
using Lace.Cli.Attest;
using Lace.Cli.Audit;
using Lace.Cli.Budget;
using Lace.Cli.Bundle;
using Lace.Cli.Exclusion;
using Lace.Cli.Log;
using Lace.Cli.Phrases;
using Lace.Cli.Policy;
using Lace.Cli.RecordAudits;
using Lace.Cli.Report;
using Lace.Cli.Score;
using Lace.Cli.Serve;
using Lace.Cli.Sync;
using Lace.Cli.Train;
using Lace.Cli.Verify;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;

namespace Lace.Cli;

/// <summary>The <c>lace</c> command.</summary>
internal static class Program
{
    private const StringSplitOptions SplitEmpty = StringSplitOptions.RemoveEmptyEntries;

    public static Task<int> Main(string[] args) => RunAsync(args, new InvocationConfiguration());

    /// <summary>All commands; each is one line here and one folder.</summary>
    private static RootCommand Root()
    {
        var root = new RootCommand(
            "Evidence of what a model was trained on: commit to a dataset, record the training, test one against the other."
        )
        {
            AdminCommand.Create(),
            AttestCommand.Create(),
            AuditCommand.Create(),
            AuditRecordsCommand.Create(),
            BudgetCommand.Create(),
            BundleCommand.Create(),
            CheckCommand.Create(),
            FilterCommand.Create(),
            LogCommand.Create(),
            PhrasesCommand.Create(),
            PolicyCommand.Create(),
            ReportCommand.Create(),
            ScoreCommand.Create(),
            ServeCommand.Create(),
            SyncCommand.Create(),
            TrainCommand.Create(),
            VerifyCommand.Create(),
            CommonOptions.BaseUrl,
            CommonOptions.ApiKey,
            CommonOptions.Json,
            CommonOptions.Quiet,
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    // The last error is the most specific: an unknown command also counts as a missing one. Some have several lines.
    private static string UsageError(ParseResult parsed)
    {
        var cause = string.Join(' ', parsed.Errors[^1].Message.Split((char[])['\r', '\n', '\t'], SplitEmpty));
        return $"{cause} See `lace {Path(parsed.CommandResult)}--help`.";
    }

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult above ? $"{Path(above)}{command.Command.Name} " : "";

    /// <summary>Runs one command line. Every failure becomes one line on standard error and an exit code here.</summary>
    internal static async Task<int> RunAsync(string[] args, InvocationConfiguration configuration)
    {
        configuration.EnableDefaultExceptionHandler = false;
        configuration.ProcessTerminationTimeout = TimeSpan.FromSeconds(5);
        var parsed = Root().Parse(args);
        var host = CommandHost.FromProcess(parsed) with { Output = configuration.Output, Error = configuration.Error };
        try
        {
            if (parsed.Action is ParseErrorAction)
            {
                if (args.Length == 0)
                {
                    await Root().Parse("--help").InvokeAsync(configuration);
                }
                else
                {
                    host.Fail(UsageError(parsed));
                }

                return ExitCode.Usage;
            }

            return await parsed.InvokeAsync(configuration);
        }
        catch (CliException failure)
        {
            host.Fail(failure.Message);
            return failure.ExitCode;
        }
        catch (Exception failure) when (failure is DatasetException or ShardException)
        {
            host.Fail(failure.Message);
            return ExitCode.BadDataset;
        }
        catch (OperationCanceledException)
        {
            host.Fail("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            host.Fail($"a file cannot be read or written: {failure.Message}");
            return ExitCode.Internal;
        }
        catch (Exception failure)
        {
            host.Fail($"internal error, please report it: {failure}");
            return ExitCode.Internal;
        }
    }
}
