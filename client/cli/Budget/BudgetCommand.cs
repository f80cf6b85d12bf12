using System.CommandLine;
using System.Text.Json;
using Lace.Privacy;
using Lace.Privacy.Planning;

namespace Lace.Cli.Budget;

/// <summary><c>lace budget</c>: what a private training will cost, or what a budget allows. Computed here, without a service.</summary>
internal static class BudgetCommand
{
    private static readonly Option<double> SampleRate = new("--sample-rate")
    {
        Description = "Probability with which a record enters a batch: expected batch over records",
        HelpName = "q",
        Required = true,
    };

    private static readonly Option<double> Delta = new("--delta")
    {
        Description = "δ, below one over the number of records",
        HelpName = "delta",
        Required = true,
    };

    private static readonly Option<double?> NoiseMultiplier = new("--noise-multiplier")
    {
        Description = "σ: standard deviation of the noise over the clipping norm",
        HelpName = "sigma",
    };

    private static readonly Option<long?> Steps = new("--steps")
    {
        Description = "Optimizer steps, empty batches included",
        HelpName = "n",
    };

    private static readonly Option<double?> Epsilon = new("--epsilon", "--target-epsilon")
    {
        Description = "Solve for the noise, or for the steps, with which ε is not exceeded",
        HelpName = "epsilon",
    };

    private static readonly Option<long?> DatasetSize = new("--dataset-size")
    {
        Description = "Records of the dataset, to check δ against",
        HelpName = "records",
    };

    private static readonly Option<string> SamplerKind = new("--sampler")
    {
        Description = "How batches are drawn; only poisson is covered [poisson]",
        HelpName = "kind",
        DefaultValueFactory = _ => "poisson",
    };

    static BudgetCommand() => SamplerKind.AcceptOnlyFromAmong("poisson", "shuffled", "fixed-size");

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "budget",
            "Plan a private training: ε from noise and steps, or the noise or the steps from ε; offline",
            """
            ε is printed by two accountants: RDP, and PLD, which is tighter. Both are upper bounds for the same training.
            Exit code: 0 done; 2 wrong usage, or a plan that the accountants do not cover; 11 δ is not below one over --dataset-size.
            """,
            """
            lace budget --noise-multiplier 1 --sample-rate 0.01 --steps 1108 --delta 1e-5
            lace budget --epsilon 8 --sample-rate 0.01 --steps 1000 --delta 1e-5 --dataset-size 50000
            lace budget --epsilon 8 --noise-multiplier 0.8 --sample-rate 0.01 --delta 1e-5 --json
            """
        )
        {
            NoiseMultiplier,
            SampleRate,
            Steps,
            Delta,
            Epsilon,
            DatasetSize,
            SamplerKind,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var sampler = parsed.GetValue(SamplerKind) switch
        {
            "shuffled" => Sampler.Shuffled,
            "fixed-size" => Sampler.FixedSize,
            _ => Sampler.Poisson,
        };
        if (new RecordSampling(1, sampler).NotCovered is { } reason)
        {
            throw new CliException(reason, ExitCode.Usage);
        }

        var question = new BudgetQuestion(
            parsed.GetValue(SampleRate),
            parsed.GetValue(Delta),
            parsed.GetValue(NoiseMultiplier),
            parsed.GetValue(Steps),
            parsed.GetValue(Epsilon),
            parsed.GetValue(DatasetSize)
        );
        var answer =
            question.Answer(out var refusal)
            ?? throw new CliException(
                $"{refusal} See the options --noise-multiplier, --steps, --target-epsilon, --sample-rate, --delta and --dataset-size.",
                ExitCode.Usage
            );
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(CommonOptions.Json))
        {
            output.WriteLine(JsonSerializer.Serialize(answer, CliJson.Default.BudgetAnswer));
        }
        else
        {
            BudgetText.Write(output, answer);
        }

        return answer.DeltaCheck.Status == "failed" ? ExitCode.CheckFailed : ExitCode.Ok;
    }
}
