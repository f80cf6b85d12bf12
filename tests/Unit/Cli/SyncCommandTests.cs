using System.Runtime.Versioning;
using Lace.Cli;

namespace Lace.Tests.Cli;

[SupportedOSPlatform("linux")]
public sealed class SyncCommandTests
{
    [Fact]
    public async Task Hands_over_to_the_python_package_and_gives_back_its_exit_code()
    {
        var folder = Directory.CreateTempSubdirectory("lace-sync-");
        try
        {
            var seen = Path.Combine(folder.FullName, "seen");
            var python = Path.Combine(folder.FullName, "python-double");
            File.WriteAllText(python, $"#!/bin/sh\necho \"$@ $LACE_API_KEY\" > '{seen}'\nexit 5\n");
            File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Assert.Equal(5, await RunAsync(python, "spool", "--api-key", "lace_prod_sk_x"));
            Assert.Equal("-m lace sync spool lace_prod_sk_x\n", File.ReadAllText(seen));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_python_that_is_not_there_is_an_error_with_a_way_out() =>
        Assert.Equal(ExitCode.Unavailable, await RunAsync("/nowhere/python"));

    private static async Task<int> RunAsync(string python, params string[] arguments)
    {
        Environment.SetEnvironmentVariable("LACE_PYTHON", python);
        try
        {
            return await Program.RunAsync(
                ["sync", .. arguments],
                new() { Output = new StringWriter(), Error = new StringWriter() }
            );
        }
        finally
        {
            Environment.SetEnvironmentVariable("LACE_PYTHON", null);
        }
    }
}
