using System.Diagnostics;
using System.Text.Json;

namespace Lace.Emulator;

/// <summary>An installation with a tenant and its key, made by the first start of the program on it.</summary>
/// <param name="Environment">Where its platform is: what the functions on it get.</param>
/// <param name="Key">The API key.</param>
public sealed record LocalData(IReadOnlyDictionary<string, string> Environment, string Tenant, string Key)
{
    /// <summary>On the embedded platform: its folder.</summary>
    public string Folder => Environment["LACE_DATA"];

    public static Task<LocalData> CreateAsync(string program, string folder) =>
        CreateAsync(program, new Dictionary<string, string>(StringComparer.Ordinal) { ["LACE_DATA"] = folder });

    public static async Task<LocalData> CreateAsync(string program, IReadOnlyDictionary<string, string> environment)
    {
        using var host = StartHost(program, environment);
        var ready = await ReadyAsync(host);
        host.StandardInput.Close();
        await host.WaitForExitAsync();
        return new LocalData(
            environment,
            ready.GetProperty("tenant").GetString()!,
            ready.GetProperty("api_key").GetString()!
        );
    }

    /// <summary>The program on Kestrel, until its standard input is closed.</summary>
    public static Process StartHost(string program, IReadOnlyDictionary<string, string> environment)
    {
        string[] options = ["--urls", "http://127.0.0.1:0", "--attached", "true"];
        var start = new ProcessStartInfo("dotnet", ["exec", program, .. options])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>What it says when it listens.</summary>
    public static async Task<JsonElement> ReadyAsync(Process host) =>
        JsonElement.Parse(
            await host.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException("The program did not start: see its error output.")
        );
}
