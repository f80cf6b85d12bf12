namespace Lace.Benchmarks;

/// <summary><c>./run bench [NAME …]</c>: prints the figures of <c>docs/benchmarks.md</c>.</summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<string[], Task<int>>> Benchmarks = new(StringComparer.Ordinal)
    {
        [AccountantBenchmark.Name] = args => Task.FromResult(AccountantBenchmark.Run(args)),
        [AccountingTable.Name] = args => Task.FromResult(AccountingTable.Run(args)),
        [AttestBenchmark.Name] = AttestBenchmark.Run,
        [AttestStages.Name] = AttestStages.Run,
        [AuditBenchmark.Name] = AuditBenchmark.Run,
        [ScoreBenchmark.Name] = ScoreBenchmark.Run,
        [TextSampleBenchmark.Name] = args => Task.FromResult(TextSampleBenchmark.Run(args)),
        [FingerprintBenchmark.Name] = args => Task.FromResult(FingerprintBenchmark.Run(args)),
        [IngestBenchmark.Name] = IngestBenchmark.Run,
        [ColdStartBenchmark.Name] = ColdStartBenchmark.Run,
        [LambdaBenchmark.Name] = LambdaBenchmark.Run,
        [StoreBenchmark.Name] = StoreBenchmark.Run,
        [LogBenchmark.Name] = LogBenchmark.Run,
        [BundleBenchmark.Name] = _ => BundleBenchmark.Run(),
        [TorchBenchmark.Name] = args => Task.FromResult(TorchBenchmark.Run(args)),
        [StateBenchmark.Name] = args => Task.FromResult(StateBenchmark.Run(args)),
        [DpSgdBenchmark.Name] = args => Task.FromResult(DpSgdBenchmark.Run(args)),
        [CanaryBenchmark.Name] = args => Task.FromResult(CanaryBenchmark.Run(args)),
        [CryptographyBenchmark.Name] = args => Task.FromResult(CryptographyBenchmark.Run(args)),
    };

    public static async Task<int> Main(string[] args)
    {
        if (args.Length == 0 || !Benchmarks.TryGetValue(args[0], out var benchmark))
        {
            Console.WriteLine("usage: ./run bench NAME [ARGUMENT …], where NAME is one of:");
            foreach (var name in Benchmarks.Keys)
            {
                Console.WriteLine("  " + name);
            }

            return args.Length == 0 ? 0 : 2;
        }

        return await benchmark(args[1..]);
    }
}
