using System.CommandLine;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Cli;

public sealed class ProgramTests
{
    [Theory]
    [InlineData("")]
    [InlineData("atest")]
    [InlineData("attest")]
    [InlineData("attest --dataset")]
    [InlineData("attest --dataset x --format xml")]
    [InlineData("attest --dataset x --field a --response-field b")]
    [InlineData("attest --dataset x --max-bytes 1 --max-seq-len 1")]
    [InlineData("attest --dataset x --max-bytes 0")]
    [InlineData("attest --dataset x --metadata novalue")]
    [InlineData("attest --dataset x --plan epochs=1")]
    [InlineData("attest --dataset x --plan epochs=1,batch=0")]
    [InlineData("attest --dataset x --plan epochs=1,batch=1,order=random")]
    [InlineData("attest --dataset x --plan epochs=1,batch=1,more=1")]
    [InlineData("attest --dataset x --jobs 0")]
    [InlineData("attest --dataset - --format csv --dry-run")]
    [InlineData("attest --dataset x --base-url not-a-url")]
    [InlineData("check --text x")]
    [InlineData("check --id x --filter y --text z")]
    [InlineData("phrases build")]
    [InlineData("phrases build . --out x --in-files 0")]
    [InlineData("filter download --id x")]
    [InlineData("audit-records")]
    [InlineData("audit-records --id x --verify y")]
    [InlineData("audit-records --id x --sample 3")]
    [InlineData("audit-records --id x --sample 0 --dataset y --out z")]
    [InlineData("audit-records --id x --sample 10001 --dataset y --out z")]
    [InlineData("audit-records --verify x --dataset y")]
    [InlineData("audit-records --id x --sample 3 --dataset y --out z --policy p")]
    [InlineData("verify --id x --subtract y")]
    public async Task Wrong_usage_exits_with_2_and_says_what_is_wrong(string line)
    {
        var (code, output, error) = await RunAsync(line);
        Assert.Equal(ExitCode.Usage, code);
        Assert.NotEqual("", line.Length == 0 ? output : error);
    }

    [Theory]
    [InlineData("atest", "lace: Unrecognized command or argument 'atest'. See `lace --help`.\n")]
    [InlineData("verify --id x --nope", "lace: Unrecognized command or argument '--nope'. See `lace verify --help`.\n")]
    [InlineData(
        "verify --id ''",
        "lace: --id is empty: give the id of a run or an attestation. See `lace verify --help`.\n"
    )]
    [InlineData(
        "report --id x --format pdf",
        "lace: Argument 'pdf' not recognized. Must be one of: 'html' 'json' 'md' See `lace report --help`.\n"
    )]
    public async Task Wrong_usage_is_one_line_with_the_way_to_the_help(string line, string said)
    {
        var (code, output, error) = await RunAsync(line);
        Assert.Equal((ExitCode.Usage, "", said), (code, output, error));
    }

    [Fact]
    public async Task Makes_a_file_of_common_phrases_without_a_service()
    {
        using var cli = new CliFixture();
        cli.Write("texts/a.txt", string.Join(' ', Enumerable.Range(0, 100)));
        var file = Path.Combine(cli.Work, "a.phrases");
        var (code, output, error) = await RunAsync($"phrases build {Path.Combine(cli.Work, "texts")} --out {file}");
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.StartsWith("1 texts, ", output, StringComparison.Ordinal);
        using var read = File.OpenRead(file);
        Assert.NotNull(CommonPhrases.Read(read, out _));
    }

    [Fact]
    public void Without_a_key_says_where_to_put_one()
    {
        using var cli = new CliFixture();
        cli["LACE_API_KEY"] = null;
        var failure = Assert.Throws<CliException>(() => LaceConfig.Resolve(null, null, cli.Host).RequireKey());
        Assert.Equal(ExitCode.Authentication, failure.ExitCode);
        Assert.Contains("Set LACE_API_KEY", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_exits_with_6_in_one_line()
    {
        var (code, output, error) = await RunAsync("attest --dataset /does/not/exist.jsonl --dry-run");
        Assert.Equal(ExitCode.BadDataset, code);
        Assert.Equal("", output);
        Assert.Equal("lace: /does/not/exist.jsonl: there is no such file or folder.\n", error);
    }

    [Fact]
    public async Task Help_names_the_exit_codes_and_every_command_shows_examples()
    {
        var (code, root, _) = await RunAsync("--help");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("130  interrupted", root, StringComparison.Ordinal);
        var (_, attest, _) = await RunAsync("attest --help");
        Assert.Contains("Examples:\n  lace attest --dataset", attest, StringComparison.Ordinal);
        Assert.Contains("Standard input is kept", attest, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_is_read()
    {
        Assert.Equal(new TrainingPlan(3, 8), AttestOptions.ParsePlan("epochs=3,batch=8"));
        Assert.Equal(
            new TrainingPlan(1, 64, PlanOrder.Sequential),
            AttestOptions.ParsePlan("batch=64, order=sequential, epochs=1")
        );
    }

    [Fact]
    public void A_sequence_length_is_four_bytes_a_token() =>
        Assert.Equal(
            new DatasetPart(DatasetPartKind.Response, "answer", 2048),
            AttestOptions.ParsePart(null, "answer", null, 512)
        );

    [Fact]
    public void Flag_comes_before_environment_before_folder_before_home()
    {
        using var cli = new CliFixture();
        cli["LACE_API_KEY"] = null;
        Assert.Equal(("http://127.0.0.1:8080", null), Config(cli));
        File.WriteAllText(HomeConfig(cli), "# mine\nbase_url = \"https://home\"\napi_key = \"k-home\" # secret\n");
        Assert.Equal(("https://home", "k-home"), Config(cli));
        cli.Write("lace.toml", "api_key=\"k-folder\"\n");
        Assert.Equal(("https://home", "k-folder"), Config(cli));
        cli["LACE_API_URL"] = "https://alias/prod/";
        Assert.Equal(("https://alias/prod", "k-folder"), Config(cli));
        cli["LACE_BASE_URL"] = "https://environment";
        cli["LACE_API_KEY"] = "k-environment";
        Assert.Equal(("https://environment", "k-environment"), Config(cli));
        Assert.Equal(("https://flag", "k-flag"), Config(cli, "https://flag", "k-flag"));
    }

    [Theory]
    [InlineData("base_url = https://x\n")]
    [InlineData("base_url \"https://x\"\n")]
    [InlineData("base_url = \"https://x\" trailing\n")]
    [InlineData("base_url = \"unclosed\n")]
    public void A_configuration_that_cannot_be_read_is_named(string content)
    {
        using var cli = new CliFixture();
        cli.Write("lace.toml", "\n" + content);
        var failure = Assert.Throws<CliException>(() => Config(cli));
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains("lace.toml, line 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_does_not_print_its_key() =>
        Assert.DoesNotContain(
            "hush",
            new LaceConfig(new Uri("http://x/"), "hush").ToString(),
            StringComparison.Ordinal
        );

    [Fact]
    public void Progress_says_how_far_how_fast_and_how_long()
    {
        var line = ProgressBar.Line("count", 500_000_000, 2_000_000_000, TimeSpan.FromSeconds(5));
        Assert.Equal("count [######..................]  25 %  100.0 MB/s 0:00:15 left", line);
        Assert.Equal(
            "count [########################] 100 %    0.0 MB/s ",
            ProgressBar.Line("count", 0, 0, TimeSpan.Zero)
        );
    }

    [Theory]
    [InlineData("http://lace.example", true)]
    [InlineData("https://lace.example", false)]
    [InlineData("http://127.0.0.1:8080", false)]
    public void A_key_that_would_go_unencrypted_brings_a_warning(string address, bool warned)
    {
        using var cli = new CliFixture("http://127.0.0.1:9");
        LaceConfig.Resolve(address, "lace_prod_sk_x", cli.Host);
        Assert.Equal(warned, cli.Error.ToString().Contains("unencrypted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_dataset_exits_with_6_and_sends_nothing()
    {
        using var cli = new CliFixture("http://127.0.0.1:9");
        var path = cli.Write("empty.jsonl", "\n\n");
        var (code, output, error) = await RunAsync($"attest --dry-run --dataset {path}");
        Assert.Equal(ExitCode.BadDataset, code);
        Assert.Equal("", output);
        Assert.StartsWith("lace: ", error, StringComparison.Ordinal);
    }

    private static (string, string?) Config(CliFixture cli, string? baseUrl = null, string? key = null)
    {
        var config = LaceConfig.Resolve(baseUrl, key, cli.Host);
        return (config.Address, config.ApiKey);
    }

    private static string HomeConfig(CliFixture cli)
    {
        Directory.CreateDirectory(cli.Host.ConfigFolder);
        return Path.Combine(cli.Host.ConfigFolder, "config.toml");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string line)
    {
        var configuration = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        var code = await global::Lace.Cli.Program.RunAsync(
            [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('\''))],
            configuration
        );
        return (code, configuration.Output.ToString()!, configuration.Error.ToString()!);
    }
}
