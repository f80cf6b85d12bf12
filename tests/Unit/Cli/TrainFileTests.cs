using System.Text.Json.Nodes;
using Lace.Cli;
using Lace.Cli.Train;

namespace Lace.Tests.Cli;

public sealed class TrainFileTests : IDisposable
{
    private const string Whole = """
        model = "org/name"
        steps = 500
        batch_size = 16
        save = "mine"
        attestation = "lace-1"
        metadata = { team = "a" }
        [dataset]
        path = "train.jsonl"
        field = "text"
        [lora]
        rank = 8
        target_modules = ["q_proj"]
        [optimizer]
        learning_rate = 1e-3
        betas = [0.9, 0.99]
        [dp]
        target_epsilon = 8
        """;

    private readonly CliFixture cli = new();

    [Fact]
    public void Becomes_the_request()
    {
        var file = Read(Whole);
        var expected = JsonNode.Parse(
            """
            {"model_ref":"org/name","batch_size":16,"metadata":{"team":"a","lace_train":{"steps":500,"save":"mine"}},
             "lora_config":{"rank":8,"target_modules":["q_proj"]},"optimizer":{"learning_rate":0.001,"betas":[0.9,0.99]},
             "dp_config":{"target_epsilon":8,"target_delta":1E-05,"accountant_type":"rdp"},
             "dataset":{"path":"train.jsonl","field":"text"},"attestation_id":"lace-1"}
            """
        );
        Assert.True(
            JsonNode.DeepEquals(expected, JsonNode.Parse(file.Request.ToJsonString())),
            file.Request.ToJsonString()
        );
        Assert.Equal((500, "mine", "lace-1", true), (file.Steps, file.Save, file.Attestation, file.Records));
    }

    [Fact]
    public void Json_is_read_too()
    {
        var file = TrainFile.Read(
            cli.Write("train.json", """{"model":"m","steps":3,"dataset":{"path":"d"}}"""),
            cli.Host
        );
        Assert.Equal((3, "final", false), (file.Steps, file.Save, file.Records));
        Assert.Null(file.Privacy);
    }

    [Fact]
    public void Noise_is_found_for_the_steps()
    {
        var file = Read(Whole);
        var told = PrivacyPlan.Complete(file, 5000);
        var noise = file.Privacy!["noise_multiplier"]!.GetValue<double>();
        Assert.InRange(noise, 0.46, 0.47);
        Assert.Contains("500 steps at sampling rate 0.0032", told, StringComparison.Ordinal);
        Assert.Equal(5000, file.Privacy["dataset_size"]!.GetValue<long>());
    }

    [Fact]
    public void Noise_that_is_given_stays()
    {
        var file = Read(Whole + "\nnoise_multiplier = 1.5");
        Assert.Null(PrivacyPlan.Complete(file, null));
        Assert.Equal(1.5, file.Privacy!["noise_multiplier"]!.GetValue<double>());
    }

    [Fact]
    public void Without_the_number_of_records_no_noise_is_found() =>
        Assert.Contains(
            "dp.dataset_size",
            Assert.Throws<CliException>(() => PrivacyPlan.Complete(Read(Whole), null)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("steps = 500", "steps = 0", "steps is a whole number from 1 to")]
    [InlineData("steps = 500", "", "steps is missing")]
    [InlineData("steps = 500", "steps = 1.5", "steps is a whole number")]
    [InlineData("model = \"org/name\"", "modle = \"x\"", "modle is not known; there is attestation, batch_size")]
    [InlineData("rank = 8", "rank = 513", "lora.rank is a whole number from 1 to 512, not 513")]
    [InlineData("rank = 8", "rnak = 8", "lora.rnak is not known")]
    [InlineData("target_epsilon = 8", "target_epsilon = 0", "dp.target_epsilon is a number above 0")]
    [InlineData("target_epsilon = 8", "", "dp.target_epsilon is missing")]
    [InlineData("betas = [0.9, 0.99]", "betas = [0.9]", "optimizer.betas is a list of numbers")]
    [InlineData("path = \"train.jsonl\"", "path = 7", "dataset.path is a text in quotes, not 7")]
    [InlineData("attestation = \"lace-1\"", "record = true", "record needs an attestation")]
    [InlineData("[dataset]", "[data]", "dataset is missing")]
    [InlineData("[dp]", "[dp", "line 16: ']' was expected")]
    public void Mistakes_are_named(string there, string instead, string cause)
    {
        var failure = Assert.Throws<CliException>(() => Read(Whole.Replace(there, instead, StringComparison.Ordinal)));
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_mistakes_are_named_at_once()
    {
        var failure = Assert.Throws<CliException>(() => Read("model = 1\nsteps = 0\nx = 2\n[dataset]\npath = \"a\""));
        Assert.Equal(
            3,
            failure.Message.Split("; ").Length
                - (failure.Message.Contains("; there is", StringComparison.Ordinal) ? 1 : 0)
        );
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{")]
    [InlineData("")]
    public void A_json_file_that_is_none_is_a_usage_error(string content) =>
        Assert.Equal(
            ExitCode.Usage,
            Assert.Throws<CliException>(() => TrainFile.Read(cli.Write("x.json", content), cli.Host)).ExitCode
        );

    public void Dispose() => cli.Dispose();

    private TrainFile Read(string content) => TrainFile.Read(cli.Write("train.toml", content), cli.Host);
}
