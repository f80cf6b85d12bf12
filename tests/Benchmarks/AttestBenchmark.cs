using System.Diagnostics;
using System.Globalization;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Benchmarks;

/// <summary>
/// <c>attest [SIZE_GB | FILE.jsonl] [--whole] [--jobs N] [--tier T0|T1|T2|none] [--no-bands]</c>: both passes over a file with both filters, without the network,
/// beside <c>sha256sum</c> (and <c>openssl dgst</c> and <c>b3sum</c> where they are installed) over the same file in the same run, and the peak
/// memory of this process.
/// </summary>
internal static class AttestBenchmark
{
    public const string Name = "attest";

    public static Task<int> Run(string[] args)
    {
        var target = args.FirstOrDefault(arg => !arg.StartsWith('-')) ?? "1";
        var jobs = Array.IndexOf(args, "--jobs") is >= 0 and var at
            ? int.Parse(args[at + 1], CultureInfo.InvariantCulture)
            : Environment.ProcessorCount;
        var tier = Array.IndexOf(args, "--tier") is >= 0 and var place ? args[place + 1] : "T1";
        var settings = Settings(tier, !args.Contains("--no-bands"));
        var part = args.Contains("--whole") ? DatasetPart.Whole : new DatasetPart(DatasetPartKind.Field, "text");
        if (File.Exists(target))
        {
            Measure(target, part, jobs, settings);
            return Task.FromResult(0);
        }

        var path = Path.Combine(Path.GetTempPath(), $"lace-bench-{Environment.ProcessId}.jsonl");
        try
        {
            using (var file = new FileStream(path, FileMode.CreateNew))
            {
                new WordModel(seed: 7).WriteJsonLines(
                    file,
                    (long)(double.Parse(target, CultureInfo.InvariantCulture) * 1e9)
                );
            }

            Measure(path, part, jobs, settings);
        }
        finally
        {
            File.Delete(path);
        }

        return Task.FromResult(0);
    }

    private static FingerprintSettings? Settings(string tier, bool bands)
    {
        var salt = new byte[FingerprintScheme.SaltSize];
        return tier switch
        {
            "none" => null,
            "T0" => new FingerprintSettings(FingerprintTier.Public, salt),
            "T2" => new FingerprintSettings(FingerprintTier.Keyed, salt, new byte[FingerprintScheme.KeySize], bands),
            _ => new FingerprintSettings(FingerprintTier.Private, salt, NearDuplicates: bands),
        };
    }

    private static void Measure(string path, DatasetPart part, int jobs, FingerprintSettings? settings)
    {
        var megabytes = new FileInfo(path).Length / 1e6;
        var peerCpu = TimeSpan.Zero;
        var peer = Time(() => peerCpu = Peer("sha256sum", path));
        foreach (
            var (program, arguments) in ((string Program, string[] Arguments)[])
                [("openssl", ["dgst", "-sha256"]), ("b3sum", [])]
        )
        {
            if (IsInstalled(program))
            {
                var took = Time(() => Peer(program, [.. arguments, path]));
                Console.WriteLine(
                    $"{program, -11} {megabytes / took.TotalSeconds, 8:F1} MB/s  {took.TotalSeconds, 7:F2} s"
                );
            }
        }

        var process = Process.GetCurrentProcess();
        DatasetSource[] sources =
        [
            new(
                path,
                DatasetFormat.JsonLines,
                () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1)
            ),
        ];
        DatasetSurvey? survey = null;
        var cpuBefore = Cpu(process);
        DatasetCounts? counts = null;
        var reading = Time(() => counts = DatasetCounts.Take(sources, part, jobs));
        var first = reading + Time(() => survey = DatasetSurvey.Of(sources, part, counts!, jobs));
        var cpuBetween = Cpu(process);
        var peak1 = process.PeakWorkingSet64;
        var roots = new List<MerkleHash>();
        long sent = 0;
        using var spool = Spool("filter");
        using var bandSpool = Spool("bands");
        var builder = settings is null
            ? null
            : new FilterBuilder(settings, spool)
            {
                Bands = settings.NearDuplicates ? new FilterBuilder(settings, bandSpool) : null,
            };
        var second = Time(() =>
        {
            var chunks = DatasetCommitment.Chunks(survey!, "lace-20000101-000000-bench0", new byte[32], jobs, builder);
            foreach (var chunk in chunks)
            {
                roots.Add(chunk.Root);
                sent += chunk.Bytes.Length;
            }
        });
        var cpuFilter = Cpu(process);
        var peak2 = process.PeakWorkingSet64;
        BlockedBloomFilter? filter = null;
        BlockedBloomFilter? bands = null;
        MerkleHash? filterRoot = null;
        MerkleHash? bandsRoot = null;
        var filling = Time(() =>
        {
            filter = builder?.Build(jobs);
            bands = builder?.Bands?.Build(jobs);
        });
        var hashing = Time(() =>
        {
            filterRoot = filter is null ? null : BlockTree.Head(filter, jobs);
            bandsRoot = bands is null ? null : BlockTree.Head(bands, jobs);
        });
        var third = filling + hashing;
        var filterBytes = (filter?.Blocks ?? 0) * BlockedBloomFilter.BlockSize;
        var (cpu1, cpu2, cpu3) = (cpuBetween - cpuBefore, cpuFilter - cpuBetween, Cpu(process) - cpuFilter);
        var cpu = cpu1 + cpu2 + cpu3;
        var total = first + second + third;
        Console.WriteLine(
            $"{megabytes:F0} MB, {survey!.Records} records, {survey.Statistics.TrainedBytes / 1e6:F0} MB trained on, {jobs} jobs"
        );
        Console.WriteLine($"sha256sum   {megabytes / peer.TotalSeconds, 8:F1} MB/s  {peer.TotalSeconds, 7:F2} s");
        Console.WriteLine(
            $"pass 1      {megabytes / first.TotalSeconds, 8:F1} MB/s  {first.TotalSeconds, 7:F2} s   {cpu1.TotalNanoseconds / megabytes / 1e6:F1} ns/B of CPU, {(first - reading).TotalSeconds:F2} s of it models of one in {survey.Statistics.TextSample ?? 1} records"
        );
        Console.WriteLine(
            $"pass 2      {megabytes / second.TotalSeconds, 8:F1} MB/s  {second.TotalSeconds, 7:F2} s   {cpu2.TotalNanoseconds / megabytes / 1e6:F1} ns/B of CPU"
        );
        Console.WriteLine(
            $"filter      {filterBytes / 1e6, 8:F1} MB    {third.TotalSeconds, 7:F2} s ({hashing.TotalSeconds:F2} s of it roots)  {filterBytes / megabytes / 1e3:F1} MB a GB, {builder?.Counts.Keys} fingerprints, about {builder?.Distinct} different; {(bands?.Blocks ?? 0) * BlockedBloomFilter.BlockSize / 1e6:F1} MB of bands"
        );
        Console.WriteLine(
            $"attest      {megabytes / total.TotalSeconds, 8:F1} MB/s  {total.TotalSeconds, 7:F2} s   {cpu.TotalSeconds:F2} s CPU, {cpu.TotalNanoseconds / megabytes / 1e6:F1} ns/B"
        );
        Console.WriteLine(
            $"ratio       {peer / total, 8:F2} of the speed of sha256sum, {cpu / peerCpu:F1} times its CPU time"
        );
        Console.WriteLine(
            $"peak memory {process.PeakWorkingSet64 / 1e6, 8:F0} MB ({peak1 / 1e6:F0} MB after pass 1, {peak2 / 1e6:F0} MB after pass 2); would send {sent / 1e6:F1} MB; root {DatasetRoot.FromChunkRoots(roots.ToArray())}, of the filters {filterRoot} {bandsRoot}"
        );
    }

    private static FileStream Spool(string name) =>
        new(
            Path.Combine(Path.GetTempPath(), $"lace-bench-{Environment.ProcessId}.{name}"),
            FileMode.Create,
            FileAccess.ReadWrite,
            FileShare.None,
            4096,
            FileOptions.DeleteOnClose
        );

    private static TimeSpan Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    private static TimeSpan Time(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static TimeSpan Peer(string program, params string[] arguments)
    {
        var before = ChildrenCpu();
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false }
        )!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return ChildrenCpu() - before;
    }

    // cutime and cstime of proc(5), in hundredths of a second.
    private static TimeSpan ChildrenCpu()
    {
        var fields = File.ReadAllText("/proc/self/stat")
            .Split(')')[^1]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[13]) + long.Parse(fields[14])));
    }
}
