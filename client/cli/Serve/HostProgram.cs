using System.Diagnostics;

namespace Lace.Cli.Serve;

/// <summary>The running host, a child process that ends when its standard input ends: also when this process is killed.</summary>
internal sealed class HostProgram : IDisposable
{
    private const string FileName = "Lace.Functions";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly Process process;

    private HostProgram(Process process) => this.process = process;

    /// <summary>The program file: what <c>LACE_HOST</c> names, else the one beside the folder of this program.</summary>
    /// <exception cref="CliException">It is not there.</exception>
    public static string Find()
    {
        var named = Environment.GetEnvironmentVariable("LACE_HOST");
        var path = Path.GetFullPath(named ?? Path.Combine(AppContext.BaseDirectory, "..", "host", $"{FileName}.dll"));
        return File.Exists(path)
            ? path
            : throw new CliException(
                $"The host program is not at {path}: set LACE_HOST to {FileName}.dll.",
                ExitCode.Unavailable
            );
    }

    public static HostProgram Start(string program, params ReadOnlySpan<string> arguments)
    {
        var isLibrary = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isLibrary ? DotnetPath() : program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (isLibrary)
        {
            start.ArgumentList.Add(program);
        }

        foreach (var argument in (string[])[.. arguments, "--attached", "true"])
        {
            start.ArgumentList.Add(argument);
        }

        return new HostProgram(Process.Start(start)!);
    }

    /// <summary>Waits until the host listens; null where it ended instead, having said why on standard error.</summary>
    public async Task<HostReady?> ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return HostReady.Parse(await process.StandardOutput.ReadLineAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits for the end; when told to stop, lets the host finish the requests that run.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken stop)
    {
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            using var limit = new CancellationTokenSource(StopLimit);
            await process.WaitForExitAsync(limit.Token);
        }

        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    /// <summary>The dotnet that runs this program, where one does; else the one on the PATH.</summary>
    private static string DotnetPath() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
