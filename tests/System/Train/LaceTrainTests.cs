using System.Text.Json;

namespace Lace.SystemTests.Train;

/// <summary><c>lace train</c> with the host and its worker, and what comes out of it checked without them.</summary>
public sealed class LaceTrainTests
{
    [Fact]
    public async Task Trains_privately_on_attested_records_and_the_certificate_holds_offline()
    {
        using var host = await TrainingHost.StartAsync();
        var attested = await host.LaceAsync("attest", "--dataset", host.DatasetPath, "--field", "text", "--json");
        var attestation = Read(attested.OutputOf(0)).GetProperty("attestation_id").GetString();
        var config = host.Write(
            "train.toml",
            Config($"attestation = \"{attestation}\"", steps: 6, "target_epsilon = 8")
        );

        var trained = await host.LaceAsync("train", config, "--out", "certificate.json", "--json");

        var lines = trained.OutputOf(0).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read).ToArray();
        var (client, saved) = (lines[0].GetProperty("training_client_id").GetString()!, lines[^1]);
        Assert.Equal("saved", saved.GetProperty("event").GetString());
        Assert.Equal(6, saved.GetProperty("step").GetInt64());
        Assert.InRange(saved.GetProperty("accountants").GetProperty("rdp").GetDouble(), 7, 8);
        Assert.Contains(lines, line => line.TryGetProperty("loss", out var loss) && loss.GetDouble() > 0);

        var policy = await host.LaceAsync("policy", "fetch");
        host.Write("policy.json", policy.OutputOf(0));
        (await host.LaceAsync("verify", "--offline", "certificate.json", "--policy", "policy.json")).OutputOf(0);
        var sampled = await host.LaceAsync(
            "train",
            "sample",
            client,
            "--prompt",
            "And the",
            "--seed",
            "1",
            "--max-tokens",
            "8"
        );
        Assert.StartsWith("And the", sampled.OutputOf(0), StringComparison.Ordinal);
        var artifact = saved.GetProperty("artifact_id").GetString()!;
        (await host.LaceAsync("train", "export", artifact, "--out", "model.safetensors")).OutputOf(0);
        Assert.True(new FileInfo(Path.Combine(host.Folder, "model.safetensors")).Length > 1000);
        (await host.LaceAsync("train", "export", artifact, "--model", "adapter")).OutputOf(0);
        var adapter = await File.ReadAllTextAsync(
            Path.Combine(host.Folder, "adapter", "adapter_model.safetensors"),
            TestContext.Current.CancellationToken
        );
        Assert.Contains(
            "\"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight\":",
            adapter,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("optimizer.", adapter, StringComparison.Ordinal);
        var run = saved.GetProperty("run_id").GetString()!;
        // So few steps show nothing; what is tested is that they were recorded.
        var verified = await host.LaceAsync("verify", "--id", run, "--wait", "30", "--json");
        Assert.Equal(6, Read(verified.OutputOf(13)).GetProperty("run").GetProperty("points").GetInt32());
    }

    [Fact]
    public async Task Stops_where_the_budget_is_spent_and_saves_what_it_paid_for()
    {
        using var host = await TrainingHost.StartAsync();
        var dp = "target_epsilon = 2\nnoise_multiplier = 1.0";
        var config = host.Write("train.toml", Config("", steps: 400, dp));

        var trained = await host.LaceAsync("train", config, "--out", "certificate.json");

        var told = trained.OutputOf(15);
        Assert.Contains("of 400: the privacy budget is spent", told, StringComparison.Ordinal);
        Assert.Contains("ε ≤ 1.9", told, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(host.Folder, "certificate.json")));
    }

    private static string Config(string top, int steps, string dp) =>
        $"""
            model = "{TrainingHost.Model}"
            steps = {steps}
            batch_size = 16
            max_seq_length = 64
            {top}
            [dataset]
            path = "{TrainingHost.Dataset}"
            field = "text"
            [lora]
            rank = 4
            [dp]
            {dp}
            target_delta = 1e-4
            """;

    private static JsonElement Read(string json) => JsonSerializer.Deserialize<JsonElement>(json);
}
