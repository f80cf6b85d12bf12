using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Lace.Tests;
using Lace.Torch;
using Lace.Worker.Models;

namespace Lace.SystemTests.Operations;

/// <summary>A training through the host, its worker and the API, whose losses go into a run: <c>lace verify</c> has to see that they are of the attested records.</summary>
public sealed class RunTests : IDisposable
{
    private const int Records = 600;

    // The order is secret and another one each time. Now and then an honest run has one stretch of some 15 steps flagged, which is over the 3 % of a short
    // run at which the verdict changes; of a run twice as long it is half of that.
    private const int Steps = 840;

    // A model that knows nothing learns so fast in its first steps that these stand out; what is recorded is a fine-tuning.
    private const int StepsBefore = 140;
    private const int StepsAtOnce = 70;

    private const string Model = """
        { "architectures": ["LlamaForCausalLM"], "vocab_size": 272, "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 128, "tie_word_embeddings": true }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("lace-run-").FullName;
    private readonly Dictionary<string, string> environment = [];
    private Process? host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Losses_of_a_training_verify_as_those_of_the_attested_records(bool isPrivate)
    {
        environment["HOME"] = folder;
        var data = WriteRecords();
        WriteModel();
        await StartHostAsync();
        var (_, attested) = await RunAsync("attest", "--dataset", data, "--field", "text", "--json");
        var attestation = Id(attested, "lace-");
        using var api = Client();
        var run = await PostAsync(api, "v1/runs", $"{{\"attestation_id\":\"{attestation}\",\"order\":\"epoch\"}}");
        var runId = run.GetProperty("run_id").GetString()!;
        var privacy = isPrivate
            ? ",\"dp_config\":{\"noise_multiplier\":0.6,\"max_grad_norm\":1.0,\"target_epsilon\":1000,\"target_delta\":1e-4}"
            : "";
        var config =
            "{\"model_ref\":\"tiny\",\"dataset\":{\"path\":\"data.jsonl\",\"field\":\"text\"},\"batch_size\":8,\"max_seq_length\":128,\"seed\":1,"
            + $"\"optimizer\":{{\"learning_rate\":0.001}}{privacy}";
        var before = await CreateAsync(api, config + "}");
        await TrainAsync(api, before, StepsBefore);
        var saved = await PostAsync(api, $"v1/training_clients/{before}/save_state", "{}");
        var artifact = (await ResultAsync(api, saved)).GetProperty("artifact_id").GetString();
        var id = await CreateAsync(
            api,
            $"{config},\"attestation_id\":\"{attestation}\",\"run\":\"{runId}\",\"max_steps\":{Steps}}}"
        );
        var loaded = await PostAsync(
            api,
            $"v1/training_clients/{id}/load_state",
            $"{{\"artifact_id\":\"{artifact}\"}}"
        );
        await ResultAsync(api, loaded);
        await TrainAsync(api, id, Steps);
        (await api.DeleteAsync($"v1/training_clients/{id}", Cancel)).EnsureSuccessStatusCode();
        var (_, answer) = await RunAsync("verify", "--id", runId, "--wait", "30", "--json");
        var result = JsonSerializer.Deserialize<JsonElement>(answer);
        TestContext.Current.TestOutputHelper?.WriteLine(answer);
        foreach (var check in result.GetProperty("checks").EnumerateArray())
        {
            Assert.NotEqual("failed", check.GetProperty("status").GetString());
        }

        Assert.Equal("CONSISTENT", result.GetProperty("verdict").GetString());
    }

    public void Dispose()
    {
        host?.Kill(entireProcessTree: true);
        host?.WaitForExit();
        host?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string WriteRecords()
    {
        Directory.CreateDirectory(Path.Combine(folder, "datasets"));
        var path = Path.Combine(folder, "datasets", "data.jsonl");
        var all = Path.Combine(SharedFolder.RepositoryRoot, "samples/data/gospels-acts.jsonl.gz");
        using var packed = new GZipStream(File.OpenRead(all), CompressionMode.Decompress);
        using var lines = new StreamReader(packed);
        File.WriteAllLines(path, Enumerable.Range(0, Records).Select(_ => lines.ReadLine()!));
        return path;
    }

    private void WriteModel()
    {
        var path = Path.Combine(folder, "models", "tiny");
        using var model = CausalModel.Initialize(ModelConfig.Parse(Model), ScalarType.Float32, torch.CPU, 5);
        model.SavePretrained(path);
        Tokenizer.OfBytes().Save(path);
    }

    private static string Id(string output, string prefix)
    {
        var at = output.IndexOf(prefix + "2", StringComparison.Ordinal);
        return output.Substring(at, prefix.Length + 22);
    }

    private static async Task<string> CreateAsync(HttpClient api, string config) =>
        (await PostAsync(api, "v1/training_clients", config)).GetProperty("training_client_id").GetString()!;

    private static async Task TrainAsync(HttpClient api, string client, int steps)
    {
        for (var sent = 0; sent < steps; sent += StepsAtOnce)
        {
            var route = $"v1/training_clients/{client}/train_step";
            await ResultAsync(api, await PostAsync(api, route, $"{{\"steps\":{StepsAtOnce}}}"));
        }
    }

    /// <summary>Of an answer that is the result already, or its future.</summary>
    private static async Task<JsonElement> ResultAsync(HttpClient api, JsonElement answer)
    {
        while (answer.TryGetProperty("future_id", out var future))
        {
            answer = await ReadAsync(await api.GetAsync($"v1/futures/{future}/result?wait=20", Cancel));
            if (answer.TryGetProperty("result", out var result))
            {
                return result;
            }

            Assert.False(answer.TryGetProperty("error", out _), answer.GetRawText());
        }

        return answer;
    }

    private static async Task<JsonElement> PostAsync(HttpClient api, string route, string body) =>
        await ReadAsync(await api.PostAsync(route, new StringContent(body, Encoding.UTF8, "application/json"), Cancel));

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private HttpClient Client()
    {
        var client = new HttpClient { BaseAddress = new Uri(environment["LACE_BASE_URL"] + "/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            environment["LACE_API_KEY"]
        );
        return client;
    }

    private async Task StartHostAsync()
    {
        environment["LACE_WORKER"] = Path.Combine(AppContext.BaseDirectory, "Lace.Worker.dll");
        environment["LACE_MODELS"] = Path.Combine(folder, "models");
        environment["LACE_DATASETS"] = Path.Combine(folder, "datasets");
        environment["LACE_WORKER_IDLE"] = "20";
        var start = Start("Lace.Functions.dll", "--data", Path.Combine(folder, "data"), "--urls", "http://127.0.0.1:0");
        host = Process.Start(start)!;
        _ = host.StandardError.ReadToEndAsync(Cancel);
        var ready = JsonSerializer.Deserialize<JsonElement>((await host.StandardOutput.ReadLineAsync(Cancel))!);
        environment["LACE_BASE_URL"] = ready.GetProperty("address").GetString()!;
        environment["LACE_API_KEY"] = ready.GetProperty("api_key").GetString()!;
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Start("lace.dll", arguments))!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(output.Length > 0, $"{arguments[0]} ended with {process.ExitCode}: {await error}");
        return (process.ExitCode, output);
    }

    private ProcessStartInfo Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
