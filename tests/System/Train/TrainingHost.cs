using System.Diagnostics;
using System.Text.Json;
using Lace.Tests;
using Lace.Torch;
using Lace.Worker.Models;

namespace Lace.SystemTests.Train;

/// <summary>
/// The host with a tiny model at <c>meta-llama/Llama-3-8B</c> and some text to train on; the host starts the worker. And the programs
/// that use it: the <c>lace</c> command and Python.
/// </summary>
internal sealed class TrainingHost : IDisposable
{
    public const string Model = "meta-llama/Llama-3-8B";
    public const int Records = 400;
    public const string Dataset = "verses.jsonl";

    private const string Python = "/usr/bin/python3";

    private const string Config = """
        { "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 264, "hidden_size": 32, "intermediate_size": 64,
          "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 320,
          "tie_word_embeddings": true, "eos_token_id": 256 }
        """;

    private readonly Dictionary<string, string> environment = [];
    private readonly Process host;

    private TrainingHost(string folder, Process host) => (Folder, this.host) = (folder, host);

    /// <summary>Where the programs run.</summary>
    public string Folder { get; }

    public string DatasetPath => Path.Combine(Folder, "datasets", Dataset);

    public static async Task<TrainingHost> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("lace-train-").FullName;
        WriteModel(Path.Combine(folder, "models", Model));
        WriteDataset(Path.Combine(folder, "datasets"));
        var start = ProgramStart(
            folder,
            "dotnet",
            Program("Lace.Functions.dll"),
            "--data",
            Path.Combine(folder, "data")
        );
        start.ArgumentList.Add("--urls");
        start.ArgumentList.Add("http://127.0.0.1:0");
        start.Environment["LACE_MODELS"] = Path.Combine(folder, "models");
        start.Environment["LACE_DATASETS"] = Path.Combine(folder, "datasets");
        start.Environment["LACE_WORKER"] = Program("Lace.Worker.dll");
        var made = new TrainingHost(folder, Process.Start(start)!);
        _ = made.host.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var ready = await made.host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var said = JsonSerializer.Deserialize<JsonElement>(ready!);
        made.environment["HOME"] = folder;
        made.environment["LACE_BASE_URL"] = said.GetProperty("address").GetString()!;
        made.environment["LACE_API_KEY"] = said.GetProperty("api_key").GetString()!;
        made.environment["PYTHONDONTWRITEBYTECODE"] = "1";
        made.environment["PYTHONPATH"] = Path.Combine(SharedFolder.RepositoryRoot, "client/python");
        return made;
    }

    /// <summary>The <c>lace</c> command.</summary>
    public Task<Ended> LaceAsync(params string[] arguments) => RunAsync("dotnet", [Program("lace.dll"), .. arguments]);

    /// <summary>A module or script of Python.</summary>
    public Task<Ended> PythonAsync(params string[] arguments) => RunAsync(Python, arguments);

    /// <summary>For the programs that are started from now on.</summary>
    public void Set(string variable, string value) => environment[variable] = value;

    public string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        host.Kill(entireProcessTree: true);
        host.WaitForExit();
        host.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    private static void WriteModel(string folder)
    {
        Directory.CreateDirectory(folder);
        Tokenizer.OfBytes().Save(folder);
        using var scope = torch.NewDisposeScope();
        using var model = CausalModel.Initialize(ModelConfig.Parse(Config), ScalarType.Float32, torch.CPU, seed: 1);
        model.SavePretrained(folder);
    }

    private static void WriteDataset(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] who = ["the king", "a servant", "the woman", "his brother", "the people"];
        string[] what = ["went up", "said unto them", "saw a great light", "came down", "answered"];
        File.WriteAllLines(
            Path.Combine(folder, Dataset),
            Enumerable
                .Range(0, Records)
                .Select(i =>
                    $$"""{"text":"And {{who[i % 5]}} {{what[i / 5 % 5]}} {{string.Join(' ', Enumerable.Repeat("again", i % 7))}}."}"""
                )
        );
    }

    private async Task<Ended> RunAsync(string program, params string[] arguments)
    {
        var start = ProgramStart(Folder, program, arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, output, await error);
    }

    private static ProcessStartInfo ProgramStart(string folder, string program, params string[] arguments) =>
        new(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}

/// <summary>A program that ended.</summary>
internal sealed record Ended(int Code, string Output, string Error)
{
    public string OutputOf(int code)
    {
        Assert.True(Code == code, $"ended with {Code}, not {code}:\n{Output}\n{Error}");
        return Output;
    }
}
