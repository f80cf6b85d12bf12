using System.Diagnostics;
using Lace.Tests;

namespace Lace.SystemTests.Lambda;

/// <summary>The program that is deployed: what <c>./run package</c> made, made once a test run and only where the sources changed.</summary>
internal static class PublishedProgram
{
    private static readonly Lazy<string> Published = new(Publish);

    public static string Path => Published.Value;

    private static string Publish()
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["functions/package.py"])
        {
            WorkingDirectory = SharedFolder.RepositoryRoot,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var package = Process.Start(start)!;
        var folder = package.StandardOutput.ReadToEnd();
        package.WaitForExit();
        Assert.True(package.ExitCode == 0, "./run package did not end well");
        return System.IO.Path.Combine(SharedFolder.RepositoryRoot, folder.Trim(), "Lace.Functions.dll");
    }
}
