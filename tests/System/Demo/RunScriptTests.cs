using System.Diagnostics;
using Lace.Tests;

namespace Lace.SystemTests.Demo;

public sealed class RunScriptTests
{
    [Fact]
    public async Task Alone_prints_what_there_is()
    {
        var (code, output) = await RunAsync();

        Assert.Equal(0, code);
        foreach (var verb in (string[])["demo", "serve", "test", "bench", "format", "setup"])
        {
            Assert.Contains($"\n  {verb} ", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Refuses_a_verb_that_it_does_not_know()
    {
        var (code, _) = await RunAsync("attest");

        Assert.Equal(2, code);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(SharedFolder.RepositoryRoot, "run"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
