using System.Diagnostics;
using System.Text.Json;

namespace Lace.SystemTests.Demo;

/// <summary>Attest, train and verify with the programs themselves: the host, the command, and PyTorch under the monitor.</summary>
public sealed class WholeJobTests : IDisposable
{
    private static readonly string[] Passed =
    [
        "root_recomputed",
        "committed_before_training",
        "chain_unbroken",
        "received_live",
        "order_bound",
        "record_indices_valid",
        "token_counts",
    ];

    private readonly WholeJob job = new();
    private Process? host;

    [Fact]
    public async Task A_model_trained_on_the_attested_records_is_seen_to_be()
    {
        await StartHostAsync();
        await job.AttestAsync();
        AssertHonest(await job.VerifyAsync(await job.TrainAsync()));
    }

    public void Dispose()
    {
        host?.Kill(entireProcessTree: true);
        host?.WaitForExit();
        host?.Dispose();
        job.Dispose();
    }

    internal static void AssertHonest(JsonElement result)
    {
        var checks = WholeJob.Checks(result);
        Assert.All(Passed, name => Assert.True(checks[name] == "passed", $"{name}: {result}"));
        Assert.Equal(WholeJob.Records / WholeJob.Batch, result.GetProperty("run").GetProperty("points").GetInt32());
        Assert.True(result.GetProperty("statistic").GetProperty("score").GetDouble() > 0.5, result.ToString());
        Assert.True(result.GetProperty("statistic").GetProperty("p_tail").GetDouble() < 1e-6, result.ToString());
    }

    private async Task StartHostAsync()
    {
        string[] options = ["--data", Path.Combine(job.Folder, "data"), "--urls", "http://127.0.0.1:0"];
        host = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Lace.Functions.dll"), .. options])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _ = host.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var line = await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var ready = JsonSerializer.Deserialize<JsonElement>(line!);
        job.Use(ready.GetProperty("address").GetString()!, ready.GetProperty("api_key").GetString()!);
    }
}
