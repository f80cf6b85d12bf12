using System.CommandLine;
using System.Text.Json;
using Lace.Cli;

namespace Lace.Tests.Cli;

public sealed class BudgetCommandTests
{
    [Fact]
    public async Task Epsilon_of_a_plan_by_both_accountants()
    {
        var (code, json, _) = await RunAsync(
            "--noise-multiplier 1 --sample-rate 0.01 --steps 1108 --delta 1e-5 --json"
        );
        var answer = JsonDocument.Parse(json).RootElement;
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal(2.1914, answer.GetProperty("rdp").GetDouble(), 3);
        Assert.Equal(1.9216, answer.GetProperty("pld").GetDouble(), 2);
        Assert.Equal("moderate", answer.GetProperty("privacy_level").GetString());
        Assert.Equal("not_checked", answer.GetProperty("delta_check").GetProperty("status").GetString());
        Assert.Equal(4, answer.GetProperty("guidance").GetArrayLength());
    }

    [Theory]
    [InlineData("--epsilon")]
    [InlineData("--target-epsilon")]
    public async Task Noise_for_a_target(string option)
    {
        var (code, json, _) = await RunAsync($"{option} 8 --sample-rate 0.01 --steps 1000 --delta 1e-5 --json");
        var answer = JsonDocument.Parse(json).RootElement;
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal(0.61585, answer.GetProperty("noise_multiplier_needed").GetProperty("rdp").GetDouble(), 3);
        Assert.Equal(0.58626, answer.GetProperty("noise_multiplier_needed").GetProperty("pld").GetDouble(), 3);
        Assert.InRange(answer.GetProperty("rdp").GetDouble(), 7.99, 8);
        Assert.InRange(answer.GetProperty("pld").GetDouble(), 7.99, 8);
    }

    [Fact]
    public async Task Steps_for_a_target_in_words()
    {
        var (code, text, _) = await RunAsync(
            "--epsilon 8 --sample-rate 0.01 --noise-multiplier 0.8 --delta 1e-5 --dataset-size 50000"
        );
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith("steps within ε ≤ 8: ", text, StringComparison.Ordinal);
        Assert.Contains("check δ < 1/records: passed", text, StringComparison.Ordinal);
        Assert.Contains("does not cover: shuffled", text, StringComparison.Ordinal);
        Assert.Contains("ε ≤ 16  weak", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delta_that_is_too_great_for_the_dataset_is_a_failed_check()
    {
        var (code, text, _) = await RunAsync(
            "--noise-multiplier 1 --sample-rate 0.01 --steps 10 --delta 1e-3 --dataset-size 1000"
        );
        Assert.Equal(ExitCode.CheckFailed, code);
        Assert.Contains("check δ < 1/records: failed", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --epsilon 1 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--epsilon 1 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0.01")]
    [InlineData("--noise-multiplier 0 --steps 10 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier NaN --steps 10 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1e300 --steps 10 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 0 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10000000000 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 1.5 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0.01 --delta 1")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0.01 --delta NaN")]
    [InlineData("--noise-multiplier 1 --epsilon -1 --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --epsilon Infinity --sample-rate 0.01 --delta 1e-5")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0.01 --delta 1e-5 --dataset-size 0")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0.01 --delta 1e-5 --sampler shuffled")]
    [InlineData("--noise-multiplier 1 --steps 10 --sample-rate 0.01 --delta 1e-5 --sampler fixed-size")]
    public async Task What_is_no_plan_is_refused_in_one_line(string line)
    {
        var (code, output, error) = await RunAsync(line);
        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith("lace: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string line)
    {
        var configuration = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        var code = await global::Lace.Cli.Program.RunAsync(["budget", .. line.Split(' ')], configuration);
        return (code, configuration.Output.ToString()!, configuration.Error.ToString()!);
    }
}
