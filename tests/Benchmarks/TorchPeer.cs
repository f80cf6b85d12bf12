using System.Diagnostics;

namespace Lace.Benchmarks;

/// <summary>Python with PyTorch, which runs the same loops when it is told to.</summary>
internal sealed class TorchPeer : IDisposable
{
    private readonly Process process;

    /// <exception cref="InvalidOperationException">Python or its PyTorch is not there.</exception>
    public TorchPeer(int threads, string script = "torch_peer.py")
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-B", $"tests/Benchmarks/{script}", $"{threads}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        process = Process.Start(start)!;
    }

    /// <summary>Seconds for one operation.</summary>
    public double Measure(string what, int count)
    {
        process.StandardInput.WriteLine($"{count} {what}");
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine();
        return answer is null ? throw new InvalidOperationException("Python ended.") : double.Parse(answer);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
