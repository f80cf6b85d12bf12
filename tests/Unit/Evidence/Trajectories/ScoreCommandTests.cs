using System.CommandLine;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Score;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class ScoreCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-score-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Prints_a_line_a_run_and_every_assumption()
    {
        var (code, output, _) = Run(RunOf("r01"), RunOf("r05"));
        Assert.Equal(ScoreCommand.AllConsistent, code);
        Assert.StartsWith(
            "r01    CONSISTENT        score 0.912 [0.885, 0.933] p < 1e-15 n 230",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("Assumed, because a run file does not say: the order", output, StringComparison.Ordinal);
        Assert.Contains("every optimizer step is logged", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r46", "every optimizer step is logged")]
    [InlineData("r48", "each logged step updated the weights")]
    [InlineData("r51", "the losses were computed by a model")]
    [InlineData("r53", "the order of the batches was fixed before training")]
    public void Says_which_assumption_a_known_limit_breaks(string id, string statement)
    {
        var (_, output, _) = Run(RunOf(id));
        Assert.Contains($"breaks: \"{statement}", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Exit_code_tells_the_worst_verdict()
    {
        Assert.Equal(ScoreCommand.SomeInconsistent, Run(RunOf("r27"), RunOf("r42"), RunOf("r01")).Code);
        Assert.Equal(ScoreCommand.SomeUndecided, Run(RunOf("r42"), RunOf("r01")).Code);
        Assert.Equal(ScoreCommand.SomeUndecided, Run(RunOf("r01"), "--order", "unknown").Code);
        Assert.Equal(ScoreCommand.AllConsistent, Run(RunOf("r01"), "--order", "epoch").Code);
    }

    [Fact]
    public void A_streamed_order_is_not_bound()
    {
        var (code, output, _) = Run(RunOf("r53"), "--order", "streamed");
        Assert.Equal(ScoreCommand.SomeUndecided, code);
        Assert.Contains("order was not bound", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_the_others_if_a_file_cannot_be_read()
    {
        var broken = Path.Combine(folder, "broken.json");
        File.WriteAllText(broken, "{\"id\":");
        var (code, output, error) = Run(Path.Combine(folder, "absent.json"), folder, broken, RunOf("r01"));
        Assert.Equal(ScoreCommand.NotRead, code);
        Assert.StartsWith("r01", output, StringComparison.Ordinal);
        Assert.Equal(3, error.Trim().Split('\n').Length);
        Assert.Contains("broken.json: the file is not valid JSON", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_figure_and_one_object_a_line()
    {
        var (_, output, _) = Run(RunOf("r42"), RunOf("r46"), "--json");
        var lines = output.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal("PARTLY_CONSISTENT", first.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(
            140,
            first.RootElement.GetProperty("undeclared").GetProperty("steps")[0].GetProperty("from").GetInt32()
        );
        Assert.Equal(230, first.RootElement.GetProperty("statistic").GetProperty("n").GetInt32());
        Assert.True(first.RootElement.GetProperty("order_binding_assumed").GetBoolean());
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("every_step_logged", second.RootElement.GetProperty("breaks").GetString());
    }

    [Fact]
    public void Text_from_a_file_cannot_start_a_line_of_its_own()
    {
        var path = Path.Combine(folder, "forged.json");
        File.WriteAllText(
            path,
            "{\"id\":\"x\\nr99 CONSISTENT\\u001b[2K\",\"step\":[],\"loss\":[],\"batches\":[],\"records\":[]}"
        );
        var (code, output, _) = Run(path);
        Assert.Equal(ScoreCommand.SomeUndecided, code);
        Assert.StartsWith("x r99 CONSISTENT [2K INCONCLUSIVE", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--order", "guessed")]
    [InlineData("--nonsense")]
    public void Refuses_wrong_usage(params string[] arguments) =>
        Assert.NotEmpty(ScoreCommand.Create().Parse([.. arguments, "x.json"]).Errors);

    [Fact]
    public void Needs_a_file() => Assert.NotEmpty(ScoreCommand.Create().Parse([]).Errors);

    private static string RunOf(string id) =>
        RecordedRuns.Files().Single(path => Path.GetFileName(path).StartsWith(id + "_", StringComparison.Ordinal));

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = new RootCommand { ScoreCommand.Create(), CommonOptions.Json }
            .Parse(["score", .. arguments])
            .Invoke(new() { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
