using System.Diagnostics;
using System.Globalization;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Benchmarks;

/// <summary>
/// <c>attest [SIZE_GB | FILE.jsonl] [--whole] [--jobs N]</c>: both passes over a file, without the network, beside
/// <c>sha256sum</c> over the same file in the same run, and the peak memory of this process.
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
        var part = args.Contains("--whole") ? DatasetPart.Whole : new DatasetPart(DatasetPartKind.Field, "text");
        if (File.Exists(target))
        {
            Measure(target, part, jobs);
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

            Measure(path, part, jobs);
        }
        finally
        {
            File.Delete(path);
        }

        return Task.FromResult(0);
    }

    private static void Measure(string path, DatasetPart part, int jobs)
    {
        var megabytes = new FileInfo(path).Length / 1e6;
        var peerCpu = TimeSpan.Zero;
        var peer = Time(() => peerCpu = Sha256Sum(path));
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
        var first = Time(() => survey = DatasetSurvey.Take(sources, part, jobs));
        var cpuBetween = Cpu(process);
        var roots = new List<MerkleHash>();
        long sent = 0;
        var second = Time(() =>
        {
            foreach (var chunk in DatasetCommitment.Chunks(survey!, "lace-20000101-000000-bench0", new byte[32], jobs))
            {
                roots.Add(chunk.Root);
                sent += chunk.Bytes.Length;
            }
        });
        var (cpu1, cpu2) = (cpuBetween - cpuBefore, Cpu(process) - cpuBetween);
        var cpu = cpu1 + cpu2;
        var total = first + second;
        Console.WriteLine(
            $"{megabytes:F0} MB, {survey!.Records} records, {survey.Statistics.TrainedBytes / 1e6:F0} MB trained on, {jobs} jobs"
        );
        Console.WriteLine($"sha256sum   {megabytes / peer.TotalSeconds, 8:F1} MB/s  {peer.TotalSeconds, 7:F2} s");
        Console.WriteLine(
            $"pass 1      {megabytes / first.TotalSeconds, 8:F1} MB/s  {first.TotalSeconds, 7:F2} s   {cpu1.TotalNanoseconds / megabytes / 1e6:F1} ns/B of CPU"
        );
        Console.WriteLine(
            $"pass 2      {megabytes / second.TotalSeconds, 8:F1} MB/s  {second.TotalSeconds, 7:F2} s   {cpu2.TotalNanoseconds / megabytes / 1e6:F1} ns/B of CPU"
        );
        Console.WriteLine(
            $"attest      {megabytes / total.TotalSeconds, 8:F1} MB/s  {total.TotalSeconds, 7:F2} s   {cpu.TotalSeconds:F2} s CPU, {cpu.TotalNanoseconds / megabytes / 1e6:F1} ns/B"
        );
        Console.WriteLine(
            $"ratio       {peer / total, 8:F2} of the speed of sha256sum, {cpu / peerCpu:F1} times its CPU time"
        );
        Console.WriteLine(
            $"peak memory {process.PeakWorkingSet64 / 1e6, 8:F0} MB; would send {sent / 1e6:F1} MB; root {DatasetRoot.FromChunkRoots(roots.ToArray())}"
        );
    }

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

    private static TimeSpan Sha256Sum(string path)
    {
        var before = ChildrenCpu();
        using var process = Process.Start(
            new ProcessStartInfo("sha256sum", [path]) { RedirectStandardOutput = true, UseShellExecute = false }
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
