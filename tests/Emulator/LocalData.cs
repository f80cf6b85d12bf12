using System.Diagnostics;
using System.Text.Json;

namespace Lace.Emulator;

/// <summary>A data folder of the embedded platform with a tenant and its key, made by the first start of the program on it.</summary>
/// <param name="Key">The API key.</param>
public sealed record LocalData(string Folder, string Tenant, string Key)
{
    /// <summary>What the functions on it get.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>(StringComparer.Ordinal) { ["LACE_DATA"] = Folder };

    public static async Task<LocalData> CreateAsync(string program, string folder)
    {
        using var host = StartHost(program, folder);
        var ready = await ReadyAsync(host);
        host.StandardInput.Close();
        await host.WaitForExitAsync();
        return new LocalData(
            folder,
            ready.GetProperty("tenant").GetString()!,
            ready.GetProperty("api_key").GetString()!
        );
    }

    /// <summary>The program on Kestrel, until its standard input is closed.</summary>
    public static Process StartHost(string program, string folder)
    {
        string[] options = ["--data", folder, "--urls", "http://127.0.0.1:0", "--attached", "true"];
        return Process.Start(
            new ProcessStartInfo("dotnet", ["exec", program, .. options])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
    }

    /// <summary>What it says when it listens.</summary>
    public static async Task<JsonElement> ReadyAsync(Process host) =>
        JsonElement.Parse(
            await host.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException("The program did not start: see its error output.")
        );
}
