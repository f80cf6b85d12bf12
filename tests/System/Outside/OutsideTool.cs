using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Tests;

namespace Lace.SystemTests.Outside;

/// <summary>Runs other people's programs: all questions of a test in one process, in and out as JSON.</summary>
internal static class OutsideTool
{
    private static readonly string Folder = Path.Combine(SharedFolder.RepositoryRoot, "tests", "Outside");

    /// <summary>Asks a script of <c>tests/Outside</c> that runs on Node.</summary>
    public static async Task<JsonElement> NodeAsync(string script, JsonNode question)
    {
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Folder, "node_modules")),
            "The npm packages of tests/Outside are not installed; `./run test` installs them."
        );
        return await AskAsync("node", script, question);
    }

    /// <summary>Asks a script of <c>tests/Outside</c> that runs on Python; skips where that Python lacks what the script needs.</summary>
    public static async Task<JsonElement> PythonAsync(string script, JsonNode question)
    {
        var answer = await AskAsync("python3", script, question);
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("missing", out var missing))
        {
            Assert.Skip(missing.GetString()!);
        }

        return answer;
    }

    /// <summary>Runs <c>openssl</c> in a folder; its exit code.</summary>
    public static async Task<int> OpenSslAsync(string folder, params string[] arguments)
    {
        var (code, _, _) = await RunAsync("openssl", folder, "", arguments);
        return code;
    }

    private static async Task<JsonElement> AskAsync(string program, string script, JsonNode question)
    {
        var (code, output, error) = await RunAsync(program, Folder, question.ToJsonString(), script);
        Assert.True(code == 0, $"{script} ended with {code}: {error}");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        string program,
        string folder,
        string input,
        params string[] arguments
    )
    {
        var cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its answer or its exit code says why.
        }

        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await error);
    }
}
