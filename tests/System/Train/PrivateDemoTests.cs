using System.Diagnostics;
using System.Runtime.Versioning;
using Lace.Tests;

namespace Lace.SystemTests.Train;

/// <summary>A tenth of <c>./run demo --private</c>, with the programs of this build.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateDemoTests : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-demo-").FullName;

    [Fact]
    public async Task Everything_is_as_it_should_be()
    {
        var start = new ProcessStartInfo(Path.Combine(SharedFolder.RepositoryRoot, "samples/demo-private"), ["--short"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["LACE_DEMO_BIN"] = Command();
        start.Environment["LACE_DEMO_OUT"] = Path.Combine(folder, "out");
        using var demo = Process.Start(start)!;
        var error = demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await demo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await demo.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(demo.ExitCode == 0, output + await error);
        foreach (
            var what in (string[])
                [
                    "the worker was killed half way",
                    "the training went on and ended",
                    "every check of the certificate passed",
                    "the budget refused the step",
                ]
        )
        {
            Assert.Contains($"as it should be: {what}", output, StringComparison.Ordinal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // They outlive their host, and would wait for work in a folder that is gone.
        await TinyModelHost.KillWorkersAsync(Path.Combine(folder, "out", "data"));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A folder with the <c>lace</c> of this build, which knows where host and worker are.</summary>
    private string Command()
    {
        string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);
        var path = Path.Combine(folder, "lace");
        File.WriteAllText(
            path,
            $"#!/bin/sh\nexport LACE_HOST='{Program("Lace.Functions.dll")}' LACE_WORKER='{Program("Lace.Worker.dll")}'\n"
                + $"exec dotnet '{Program("lace.dll")}' \"$@\"\n"
        );
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
