using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Lace.Moto;

/// <summary>A <c>moto_server</c> on a free port of the loopback, which ends with this process.</summary>
public sealed partial class MotoServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;

    private MotoServer(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>The program on the PATH; null where there is none.</summary>
    public static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(folder => Path.Combine(folder, "moto_server"))
            .FirstOrDefault(File.Exists);

    public static async Task<MotoServer> StartAsync(string program)
    {
        // The shell ends the server when its standard input ends, as it does when this process dies.
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("\"$0\" -H 127.0.0.1 -p 0 </dev/null & read -r line; kill $!; wait $!");
        start.ArgumentList.Add(program);
        var shell = Process.Start(start)!;
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new List<string>();
        void Read(object sender, DataReceivedEventArgs e)
        {
            if (e.Data is not { } line)
            {
                ready.TrySetException(new InvalidOperationException($"{program} ended: {string.Join(' ', said)}"));
            }
            else if (Running().Match(line) is { Success: true } match)
            {
                ready.TrySetResult(new Uri(match.Groups[1].Value));
            }
            else if (!ready.Task.IsCompleted)
            {
                said.Add(line);
            }
        }

        shell.ErrorDataReceived += Read;
        shell.BeginErrorReadLine();
        shell.BeginOutputReadLine();
        try
        {
            return new MotoServer(shell, await ready.Task.WaitAsync(Patience));
        }
        catch
        {
            shell.StandardInput.Close();
            shell.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    [GeneratedRegex("Running on (http://[0-9.]+:[0-9]+)")]
    private static partial Regex Running();
}
