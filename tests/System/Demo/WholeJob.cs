using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Lace.Tests;

namespace Lace.SystemTests.Demo;

/// <summary>A customer's machine: a folder, the <c>lace</c> command, and PyTorch under the monitor.</summary>
internal sealed class WholeJob : IDisposable
{
    public const int Records = 1100;
    public const int Batch = 4;

    private const string Python = "/usr/bin/python3";

    private readonly Dictionary<string, string> environment = [];

    public WholeJob()
    {
        environment["HOME"] = Folder;
        environment["PYTHONPATH"] = Path.Combine(SharedFolder.RepositoryRoot, "client/python");
        environment["PYTHONDONTWRITEBYTECODE"] = "1";
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("lace-job-").FullName;

    /// <summary>Where the service is, and the key to it.</summary>
    public void Use(string address, string key) =>
        (environment["LACE_BASE_URL"], environment["LACE_API_KEY"]) = (address, key);

    /// <summary>Attests the first records of the sample data.</summary>
    public async Task AttestAsync()
    {
        var path = Path.Combine(Folder, "data.jsonl");
        var all = Path.Combine(SharedFolder.RepositoryRoot, "samples/data/gospels-acts.jsonl.gz");
        using var packed = new GZipStream(File.OpenRead(all), CompressionMode.Decompress);
        using var lines = new StreamReader(packed);
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, Records).Select(_ => lines.ReadLine()!));
        await LaceAsync("attest", "--dataset", path, "--field", "text");
    }

    /// <summary>Runs a script of samples/finetune, which records a run; its id.</summary>
    public async Task<string> RecordAsync(string script, params string[] arguments)
    {
        var current = Path.Combine(Folder, ".lace/run.json");
        File.Delete(current);
        var (_, said) = await RunAsync(
            Python,
            [Path.Combine(SharedFolder.RepositoryRoot, "samples/finetune", script), .. arguments]
        );
        Assert.True(File.Exists(current), $"{script} recorded no run with the service: {said}");
        return Read(await File.ReadAllTextAsync(current)).GetProperty("run_id").GetString()!;
    }

    public Task<string> TrainAsync() =>
        RecordAsync("train.py", "--data", Path.Combine(Folder, "data.jsonl"), "--batch", $"{Batch}", "--lr", "5e-4");

    public async Task<JsonElement> VerifyAsync(string run) =>
        Read(await LaceAsync("verify", "--id", run, "--wait", "60", "--json"));

    /// <summary>Each check of a verification by its name.</summary>
    public static Dictionary<string, string> Checks(JsonElement verified) =>
        verified
            .GetProperty("checks")
            .EnumerateArray()
            .ToDictionary(
                check => check.GetProperty("name").GetString()!,
                check => check.GetProperty("status").GetString()!,
                StringComparer.Ordinal
            );

    public async Task<string> LaceAsync(params string[] arguments) =>
        (await RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "lace.dll"), .. arguments])).Output;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static JsonElement Read(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private async Task<(string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        // 10 to 19 are verdicts, which the tests look at themselves.
        Assert.True(
            process.ExitCode is 0 or (>= 10 and < 20),
            $"{program} {arguments[0]} {arguments.ElementAtOrDefault(1)} ended with {process.ExitCode}: {await error}"
        );
        return (output, await error);
    }
}
