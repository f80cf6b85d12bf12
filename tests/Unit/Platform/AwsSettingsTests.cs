using Lace.Platform;
using Lace.Platform.Aws;

namespace Lace.Tests.Platform;

public sealed class AwsSettingsTests
{
    private static readonly Dictionary<string, string> Whole = new()
    {
        ["LACE_PLATFORM"] = "aws",
        ["AWS_REGION"] = "eu-west-1",
        ["LACE_TABLE"] = "lace",
        ["LACE_BUCKET"] = "lace-blobs",
        ["LACE_KEY_ALIAS"] = "alias/lace-dev",
        ["LACE_QUEUE_LOSSES"] = "https://sqs/losses",
        ["LACE_QUEUE_LOSSES_DEAD"] = "https://sqs/losses-dead",
        ["LACE_JOB_QUEUE"] = "gpu",
        ["LACE_JOB_DEFINITION"] = "worker:3",
        ["LACE_JOB_DEFINITION_ATTEST"] = "attest:1",
        ["LACE_JOB_QUEUE_ATTEST"] = "cpu",
    };

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("embedded")]
    public void Without_the_word_a_process_runs_on_its_folder(string? platform) =>
        Assert.Null(AwsSettings.Read(name => name == "LACE_PLATFORM" ? platform : null));

    [Fact]
    public void Reads_what_each_port_needs()
    {
        var settings = AwsSettings.Read(Whole.GetValueOrDefault)!;
        Assert.Equal(
            ("eu-west-1", "lace", "lace-blobs", "alias/lace-dev"),
            (settings.Region, settings.Table, settings.Bucket, settings.KeyAlias)
        );
        Assert.Null(settings.Endpoint);
        Assert.Equal("https://sqs/losses", settings.QueueUrl("losses"));
        Assert.Equal("https://sqs/losses-dead", settings.DeadLetterUrl("losses"));
        Assert.Null(settings.QueueUrl("other"));
        Assert.Equal(("gpu", "worker:3"), settings.Job("worker"));
        Assert.Equal(("cpu", "attest:1"), settings.Job("attest"));
    }

    [Theory]
    [InlineData("LACE_PLATFORM", "azure")]
    [InlineData("AWS_REGION", "")]
    [InlineData("LACE_TABLE", null)]
    [InlineData("LACE_BUCKET", null)]
    [InlineData("LACE_KEY_ALIAS", null)]
    [InlineData("LACE_KEY_ALIAS", "lace-dev")]
    [InlineData("LACE_KEY_ALIAS", "alias/lace-dev/")]
    [InlineData("AWS_ENDPOINT_URL", "localhost:5000")]
    public void Says_which_variable_is_wrong(string variable, string? value)
    {
        string? Read(string name) => name == variable ? value : Whole.GetValueOrDefault(name);
        var refusal = Assert.Throws<PlatformSettingException>(() => AwsSettings.Read(Read));
        Assert.Contains(variable, refusal.Message, StringComparison.Ordinal);
    }
}
