using System.Text.Json;
using Lace.Cli;

namespace Lace.Tests.Cli;

public sealed class TrainCommandTests : IDisposable
{
    private const string File = """
        model = "org/name"
        steps = 10
        save = "mine"
        attestation = "lace-1"
        [dataset]
        path = "train.jsonl"
        """;

    private readonly CliFixture cli = new();
    private readonly TrainServerDouble service = new();

    [Fact]
    public async Task Trains_saves_and_writes_the_certificate()
    {
        var (code, output, _) = await RunAsync("train", Config(File), "--out", Certificate);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("steps            10 of 10\n", output, StringComparison.Ordinal);
        Assert.Contains("privacy          none", output, StringComparison.Ordinal);
        Assert.Contains("artifact         art-1\n", output, StringComparison.Ordinal);
        Assert.Contains("run              run-1: lace verify --id run-1", output, StringComparison.Ordinal);
        Assert.Equal("""{"a":"certificate"}""", System.IO.File.ReadAllText(Certificate));
        Assert.Equal("run-1", service.Created["run"]!.GetValue<string>());
        Assert.Equal(10, service.Steps);
    }

    [Fact]
    public async Task Prints_a_line_of_json_for_each_answer()
    {
        var config = Config(File + "\n[dp]\ntarget_epsilon = 8\n");
        var (code, output, error) = await RunAsync("train", config, "--out", Certificate, "--json");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read).ToArray();
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal("created", Text(lines[0], "event"));
        Assert.All(lines[1..^1], line => Assert.Equal("step", Text(line, "event")));
        Assert.Equal(10, lines[^2].GetProperty("step").GetInt64());
        Assert.Equal(8, lines[^2].GetProperty("target_epsilon").GetDouble());
        Assert.Equal(
            ("saved", "art-1", Certificate),
            (Text(lines[^1], "event"), Text(lines[^1], "artifact_id"), Text(lines[^1], "certificate"))
        );
        Assert.Equal(4.5, lines[^1].GetProperty("accountants").GetProperty("pld").GetDouble());
        Assert.Equal("", error);
    }

    [Fact]
    public async Task Ends_well_where_the_budget_ends()
    {
        var config = Config(File + "\n[dp]\ntarget_epsilon = 3.2\n");
        var (code, output, error) = await RunAsync("train", config, "--out", Certificate);
        Assert.Equal(ExitCode.BudgetSpent, code);
        Assert.Equal(6, service.Steps);
        Assert.Contains("it paid for 6 of 10 steps", error, StringComparison.Ordinal);
        Assert.Contains("steps            6 of 10: the privacy budget is spent\n", output, StringComparison.Ordinal);
        Assert.Contains("ε ≤ 3 by RDP, 2.7 by PLD, of 3.2", output, StringComparison.Ordinal);
        Assert.True(System.IO.File.Exists(Certificate));
    }

    [Fact]
    public async Task Goes_on_with_what_was_left()
    {
        await RunAsync("train", Config(File.Replace("10", "4", StringComparison.Ordinal)), "--out", Certificate);
        service.Created["metadata"]!["lace_train"]!["steps"] = 9;
        var (code, output, _) = await RunAsync("train", "--resume", "tc-1", "--out", Certificate);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("steps            9 of 9\n", output, StringComparison.Ordinal);
        Assert.Equal(9, service.Steps);
    }

    [Fact]
    public async Task A_step_that_failed_says_how_to_go_on()
    {
        service.FailsFrom = 3;
        var (code, _, error) = await RunAsync("train", Config(File), "--out", Certificate);
        Assert.Equal(ExitCode.Incomplete, code);
        Assert.Contains("the worker was lost (WORKER_LOST)", error, StringComparison.Ordinal);
        Assert.Contains("lace train --resume tc-1", error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Certificate));
    }

    [Fact]
    public async Task A_wrong_file_sends_nothing()
    {
        var (code, _, error) = await RunAsync("train", Config("model = 1"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("model is a text in quotes", error, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Theory]
    [InlineData]
    [InlineData("x.toml", "--resume", "tc-1")]
    [InlineData("--resume", "tc-9")]
    public async Task Neither_or_both_or_an_unknown_one_is_refused(params string[] arguments)
    {
        var (code, _, _) = await RunAsync(["train", .. arguments]);
        Assert.Equal(arguments is [_, "tc-9"] ? ExitCode.NotFound : ExitCode.Usage, code);
    }

    [Fact]
    public async Task Status_sample_save_export()
    {
        await RunAsync("train", Config(File + "\n[dp]\ntarget_epsilon = 8\n"), "--out", Certificate);
        var (_, status, _) = await RunAsync("train", "status", "tc-1");
        Assert.Contains("tc-1 trains org/name: ready\nsteps    10 made", status, StringComparison.Ordinal);
        Assert.Contains("ε ≤ 5 by RDP, 4.5 by PLD, of 8, at δ = 1E-05", status, StringComparison.Ordinal);
        // What a model puts out may not steer the terminal.
        var (_, sample, _) = await RunAsync("train", "sample", "tc-1", "--prompt", "There", "--seed", "3");
        Assert.Equal("There was\uFFFD[2J light\n", sample);
        var (_, saved, _) = await RunAsync("train", "save", "tc-1", "--name", "a/b", "--out", Certificate, "--json");
        Assert.Equal("art-1", Text(Read(saved), "artifact_id"));
        var path = Path.Combine(cli.Work, "m.safetensors");
        Assert.Equal(ExitCode.Ok, (await RunAsync("train", "export", "art-1", "--out", path)).Code);
        Assert.Equal("""{"the":"content"}""", System.IO.File.ReadAllText(path));
        Assert.Equal(ExitCode.NotFound, (await RunAsync("train", "export", "art-2", "--out", path + "2")).Code);
        Assert.Equal(
            ["certificate.json", "m.safetensors", "train.toml"],
            Directory.GetFiles(cli.Work).Select(Path.GetFileName).Order()
        );
    }

    public void Dispose()
    {
        service.Dispose();
        cli.Dispose();
    }

    private string Certificate => Path.Combine(cli.Work, "certificate.json");

    private string Config(string content) => cli.Write("train.toml", content);

    private static JsonElement Read(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static string? Text(JsonElement line, string member) => line.GetProperty(member).GetString();

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await Program.RunAsync(
            [.. arguments, "--base-url", service.BaseUrl, "--api-key", "lace_prod_sk_right"],
            new() { Output = output, Error = error }
        );
        return (code, output.ToString(), error.ToString());
    }
}
