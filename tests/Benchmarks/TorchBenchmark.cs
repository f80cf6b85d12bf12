using System.Diagnostics;
using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.Benchmarks;

/// <summary>
/// What a call from C# into libtorch costs, beside the same call from Python, in the same libtorch with the same threads: rounds by
/// turns, and the median of the rounds' ratios.
/// </summary>
internal static class TorchBenchmark
{
    public const string Name = "torch";

    /// <summary>Operations between two ends of a scope.</summary>
    private const int ScopeSize = 256;

    /// <param name="args">Rounds (21), threads (1).</param>
    public static int Run(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0]) : 21;
        var threads = args.Length > 1 ? int.Parse(args[1]) : 1;
        Blas.Loaded.RefuseReference();
        set_num_threads(threads);
        manual_seed(1);
        using var python = new TorchPeer(threads);
        Console.WriteLine($"libtorch {version}, {Blas.Loaded.Name}, {threads} threads, {rounds} rounds by turns");
        using var scope = NewDisposeScope();
        var (one, other) = (ones([1]), ones([1]));
        var recorded = ones([1]).requires_grad_();
        var (row, matrix, square) = (randn([8, 64]), randn([64, 64]), randn([256, 256]));
        var block = new TorchBlock();
        Compare("add", 20_000, () => one.add(other));
        Compare("add, recorded", 20_000, () => recorded.add(other));
        Compare("mul_", 20_000, () => one.mul_(other));
        Compare("view", 20_000, () => matrix.view(32, 128));
        Compare("linear 8x64x64", 10_000, () => F.linear(row, matrix));
        Compare("matmul 256", 100, () => square.matmul(square));
        Compare("training step", 20, block.Step);
        return 0;

        void Compare(string what, int count, Action operation)
        {
            Measure(operation, count);
            python.Measure(what, count);
            var pairs = Enumerable
                .Range(0, rounds)
                .Select(_ => (Ours: Measure(operation, count), Theirs: python.Measure(what, count)))
                .ToList();
            Console.WriteLine(
                $"{what, -16} C# {Median(pairs.Select(pair => pair.Ours)) * 1e9, 12:n0} ns   Python {Median(pairs.Select(pair => pair.Theirs)) * 1e9, 12:n0} ns   ratio {Median(pairs.Select(pair => pair.Ours / pair.Theirs)):0.00}"
            );
        }
    }

    /// <summary>Seconds for one operation.</summary>
    private static double Measure(Action operation, int count)
    {
        var watch = Stopwatch.StartNew();
        for (var done = 0; done < count; )
        {
            using var scope = NewDisposeScope();
            for (var i = 0; i < ScopeSize && done < count; i++, done++)
            {
                operation();
            }
        }

        return watch.Elapsed.TotalSeconds / count;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
