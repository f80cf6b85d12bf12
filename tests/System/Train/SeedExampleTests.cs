using Lace.Tests;

namespace Lace.SystemTests.Train;

/// <summary>The examples of the two earlier projects' READMEs, word for word, against the service and its worker.</summary>
public sealed class SeedExampleTests
{
    [Theory]
    [InlineData("tensafe.md")]
    [InlineData("tg-tinker.md")]
    public async Task Run_as_they_are_written(string readme)
    {
        var path = SharedFolder.Path("seeds", readme);
        using var host = await TrainingHost.StartAsync();
        host.Set("LACE_DATASET_SIZE", "1000");

        var ended = await host.PythonAsync("-m", "tests.readme_examples", path);

        var printed = ended.OutputOf(0);
        Assert.Matches(@"Privacy spent: ε=\d+\.\d\d, δ=1e-05\n", printed);
        Assert.Matches("Artifact ID: art-", printed);
        Assert.Contains("Encrypted with: AES-256-GCM", printed, StringComparison.Ordinal);
        Assert.Contains("Steps completed: 0\n", printed, StringComparison.Ordinal);
        Assert.Single(printed.Split('\n'), line => line.StartsWith("skipped: ", StringComparison.Ordinal));
    }
}
