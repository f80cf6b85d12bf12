using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Lace.Cli;

/// <summary>A command whose own help says more than the one line that the list of commands has.</summary>
internal sealed class CommandWithExamples(string name, string description, string details, string examples)
    : Command(name, description)
{
    public string Details { get; } = details;

    public string Examples { get; } = examples;
}

/// <summary>The usual help, and after it what <see cref="CommandWithExamples"/> has, or for the root the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var result = inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        switch (parseResult.CommandResult.Command)
        {
            case CommandWithExamples command:
                output.WriteLine(command.Details);
                if (!command.Details.Contains("Exit code", StringComparison.Ordinal))
                {
                    output.WriteLine("Exit code: 0 done; `lace --help` lists the others.");
                }

                output.WriteLine();
                output.WriteLine("Examples:");
                output.WriteLine("  " + command.Examples.ReplaceLineEndings("\n  "));
                break;
            case RootCommand:
                output.WriteLine(ExitCode.Table);
                break;
        }

        return result;
    }
}
