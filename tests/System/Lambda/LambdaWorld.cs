using System.Diagnostics;
using System.Text.Json;
using Lace.Emulator;
using Lace.Tests;

namespace Lace.SystemTests.Lambda;

/// <summary>A data folder with a tenant and its key, and functions of the published program on it.</summary>
public sealed class LambdaWorld : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-lambda-").FullName;

    /// <summary>What every function gets.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>(StringComparer.Ordinal) { ["LACE_DATA"] = DataFolder };

    public string DataFolder => Path.Combine(folder, "data");

    public string Key { get; private set; } = "";

    public string Tenant { get; private set; } = "";

    /// <summary>The first start on a folder makes a tenant and a key, and says so.</summary>
    public async ValueTask InitializeAsync()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [PublishedProgram.Path, "--data", DataFolder, "--urls", "http://127.0.0.1:0", "--attached", "true"]
        )
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var host = Process.Start(start)!;
        _ = host.StandardError.ReadToEndAsync();
        var ready = JsonSerializer.Deserialize<JsonElement>((await host.StandardOutput.ReadLineAsync())!);
        Key = ready.GetProperty("api_key").GetString()!;
        Tenant = ready.GetProperty("tenant").GetString()!;
        host.StandardInput.Close();
        await host.WaitForExitAsync();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A function of the deployment, with changes.</summary>
    public FunctionSettings Function(string name, params (string Name, string Value)[] changes)
    {
        var settings = Deployment.Function(name, PublishedProgram.Path, Environment);
        var environment = new Dictionary<string, string>(settings.Environment, StringComparer.Ordinal);
        foreach (var (variable, value) in changes)
        {
            environment[variable] = value;
        }

        return settings with
        {
            Environment = environment,
        };
    }

    /// <summary>An event of <c>tests/events</c>, with the key where one belongs.</summary>
    public byte[] Event(string name) =>
        EventFile.Read(
            Path.Combine(SharedFolder.RepositoryRoot, "tests/events", name + ".json"),
            variable => variable == "LACE_API_KEY" ? Key : null
        );
}
