using System.Diagnostics;
using Lace.Tests;

namespace Lace.SystemTests.Cdk;

/// <summary>The programs that synthesizing and checking templates needs.</summary>
internal static class NodeTools
{
    /// <summary>CDK's library runs on Node; skips the test where there is none.</summary>
    public static void RequireNode() =>
        Assert.SkipUnless(Find("node") is not null, "node is not on the PATH; `./run test` installs it.");

    /// <summary>Path of a program on the PATH, or null.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program in the checkout, with variables over those of this process.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string program,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = SharedFolder.RepositoryRoot,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
