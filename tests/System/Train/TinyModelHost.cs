using System.Diagnostics;
using Lace.Tests.Functions;
using Lace.Torch;
using Lace.Worker.Models;

namespace Lace.SystemTests.Train;

/// <summary>A host with a tiny model and dataset, that starts real workers.</summary>
internal sealed class TinyModelHost(LaceApp app) : IAsyncDisposable
{
    public const string Model = "org/tiny";
    public const int Records = 40;

    private const string Config = """
        { "architectures": ["LlamaForCausalLM"], "vocab_size": 272, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": true }
        """;

    public LaceApp App => app;

    public static async Task<TinyModelHost> StartAsync()
    {
        Environment.SetEnvironmentVariable("LACE_WORKER", Path.Combine(AppContext.BaseDirectory, "Lace.Worker.dll"));
        Environment.SetEnvironmentVariable("LACE_WORKER_IDLE", "1");
        Environment.SetEnvironmentVariable("LACE_WORKER_LEASE", "3");
        Environment.SetEnvironmentVariable("OMP_NUM_THREADS", "1");
        var app = await LaceApp.StartAsync();
        var folder = Path.Combine(app.Folder, "models", Model);
        using (var model = CausalModel.Initialize(ModelConfig.Parse(Config), ScalarType.Float32, torch.CPU, seed: 5))
        {
            model.SavePretrained(folder);
            Tokenizer.OfBytes().Save(folder);
        }

        var datasets = Directory.CreateDirectory(Path.Combine(app.Folder, "datasets"));
        await File.WriteAllLinesAsync(
            Path.Combine(datasets.FullName, "lines.jsonl"),
            Enumerable
                .Range(0, Records)
                .Select(i => $"{{\"text\":\"record {i} says {new string((char)('a' + (i % 26)), 1 + (i % 20))}\"}}")
        );
        return new TinyModelHost(app);
    }

    /// <summary>As by <c>kill -9</c>: the workers of a training client, and how many there were.</summary>
    public static async Task<int> KillWorkersAsync(string argument)
    {
        var killed = 0;
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (IsWorkerWith(process.Id, argument))
                {
                    process.Kill();
                    await process.WaitForExitAsync();
                    killed++;
                }
            }
        }

        return killed;
    }

    public async ValueTask DisposeAsync()
    {
        await KillWorkersAsync(app.Folder);
        await app.DisposeAsync();
    }

    private static bool IsWorkerWith(int process, string argument)
    {
        try
        {
            var command = File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
            return Path.GetFileName(command[0]) == "dotnet"
                && command.Any(part => part.EndsWith("Lace.Worker.dll", StringComparison.Ordinal))
                && command.Contains(argument);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false; // it ended while it was looked at, or is another user's
        }
    }
}
