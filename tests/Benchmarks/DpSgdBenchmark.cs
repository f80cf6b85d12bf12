using System.Diagnostics;
using System.Globalization;
using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Benchmarks;

/// <summary>
/// What privacy costs a training step: a plain step in Python, a plain and a private one in C#, by turns, and the median of the rounds'
/// ratios. Then the memory of each, in a process of its own, and the noise alone.
/// </summary>
internal static class DpSgdBenchmark
{
    public const string Name = "dpsgd";

    private const int Warm = 3;
    private const int MemorySteps = 8;

    /// <param name="args">Rounds (25), then numbers of threads (1 2).</param>
    public static int Run(string[] args)
    {
        Blas.Loaded.RefuseReference();
        if (args is ["memory", var trained, var privacy])
        {
            return PrintMemory(trained == "LoRA", privacy == "private");
        }

        var rounds = args.Length > 0 ? int.Parse(args[0]) : 25;
        var threads = args.Length > 1 ? Array.ConvertAll(args[1..], int.Parse) : [1, 2];
        Console.WriteLine(
            $"libtorch {version}, {Blas.Loaded.Name}, {rounds} rounds by turns, medians; processor time where there is one thread"
        );
        foreach (var count in threads)
        {
            set_num_threads(count);
            using var python = new TorchPeer(count, "dpsgd_peer.py");
            Compare("LoRA", count, rounds, python);
            Compare("full", count, rounds, python);
        }

        foreach (var kind in new[] { "LoRA", "full" })
        {
            var (plain, secret) = (Memory(kind, "plain"), Memory(kind, "private"));
            Console.WriteLine(
                $"{kind}: peak memory of the process {plain / 1024} MB plain, {secret / 1024} MB private: {100.0 * secret / plain - 100:+0.0;-0.0} %"
            );
        }

        set_num_threads(1);
        MeasureNoise(rounds);
        return 0;
    }

    private static void Compare(string kind, int threads, int rounds, TorchPeer python)
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var plain = new DpSgdModel(kind == "LoRA", isPrivate: false);
        using var secret = new DpSgdModel(kind == "LoRA", isPrivate: true);
        var times = new List<(double Python, double Plain, double Private)>();
        for (var round = -Warm; round < rounds; round++)
        {
            var time = (python.Measure(kind, 1), Seconds(plain.Step, threads), Seconds(secret.Step, threads));
            if (round >= 0)
            {
                times.Add(time);
            }
        }

        Console.WriteLine(
            $"{kind}, {plain.Parameters:n0} parameters, {threads} threads: "
                + $"Python plain {1e3 * Median(times.Select(t => t.Python)):0.0} ms, "
                + $"C# plain {1e3 * Median(times.Select(t => t.Plain)):0.0} ms ({Median(times.Select(t => t.Plain / t.Python)):0.000} of Python), "
                + $"C# private {1e3 * Median(times.Select(t => t.Private)):0.0} ms: "
                + $"{Median(times.Select(t => t.Private / t.Plain)):0.000} of plain, {Median(times.Select(t => t.Private / t.Python)):0.000} of Python's plain"
        );
    }

    private static void MeasureNoise(int rounds)
    {
        const int Count = 1 << 20;
        using var scope = NewDisposeScope();
        var (sum, other) = (zeros([Count]), zeros([Count]));
        var key = new byte[SecureNoise.KeySize];
        var noise = new List<double>();
        var torch = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var step = (ulong)round;
            noise.Add(Seconds(() => SecureNoise.add_(sum, 1, key, step, 0), 1));
            torch.Add(Seconds(() => other.normal_(), 1));
        }

        Console.WriteLine(
            $"noise, 1 thread: {Median(noise) * 1e9 / Count:0.00} ns a normal number; libtorch's own, which is no secret, {Median(torch) * 1e9 / Count:0.00} ns"
        );
    }

    /// <summary>Kilobytes at the most, of a process that does nothing else.</summary>
    private static long Memory(string kind, string privacy)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(DpSgdBenchmark).Assembly.Location);
        }

        foreach (var argument in new[] { Name, "memory", kind, privacy })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var kilobytes = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return long.Parse(kilobytes, CultureInfo.InvariantCulture);
    }

    private static int PrintMemory(bool lora, bool isPrivate)
    {
        set_num_threads(1);
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var model = new DpSgdModel(lora, isPrivate);
        for (var step = 0; step < MemorySteps; step++)
        {
            model.Step();
        }

        var line = File.ReadLines("/proc/self/status")
            .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        Console.WriteLine(line[6..^2].Trim());
        return 0;
    }

    /// <summary>Of the processor where one thread works, so that neighbours count for less; by the clock where several do.</summary>
    private static double Seconds(Action action, int threads)
    {
        var watch = Stopwatch.StartNew();
        var used = Environment.CpuUsage.TotalTime;
        action();
        return (threads == 1 ? Environment.CpuUsage.TotalTime - used : watch.Elapsed).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
