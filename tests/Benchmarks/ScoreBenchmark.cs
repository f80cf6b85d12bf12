using System.Diagnostics;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;

namespace Lace.Benchmarks;

/// <summary>Time of the trajectory test for 10,000 steps, beside the NumPy reference on the same points.</summary>
internal static class ScoreBenchmark
{
    public const string Name = "score";

    private const int Steps = 10_000;
    private const int BatchSize = 8;
    private const int Repeats = 5;

    public static async Task<int> Run(string[] args)
    {
        var steps = args.Length > 0 ? int.Parse(args[0]) : Steps;
        var (points, records) = MadeUpRun(steps);
        var (score, test, located) = (default(TrajectoryScore), TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var i = 0; i < Repeats; i++)
        {
            var watch = Stopwatch.StartNew();
            score = TrajectoryTest.Run(points, record => records[record]);
            test = Shortest(test, watch.Elapsed);
            watch.Restart();
            _ = Localiser.Locate(score);
            located = Shortest(located, watch.Elapsed);
        }

        var statistic = score!.Statistic!;
        Console.WriteLine(
            $"score: {steps} steps, {statistic.Shifts} rotations refitted: {test.TotalMilliseconds:0} ms; localise {located.TotalMilliseconds:0.0} ms (best of {Repeats})"
        );
        if (await Reference(points, records) is not { } reference)
        {
            return 0;
        }

        Console.WriteLine(
            $"score: NumPy reference, same points: {reference.Seconds * 1000:0} ms; ours is {reference.Seconds / test.TotalSeconds:0.0} times as fast; scores differ by {Math.Abs(reference.Score - statistic.Score):0.0e+0}"
        );
        return 0;
    }

    private static TimeSpan Shortest(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Records of random difficulty, and losses of a falling curve plus the batch's difficulty plus noise.</summary>
    private static (LossPoint[] Points, RecordFeatures[] Records) MadeUpRun(int steps)
    {
        var random = new Random(1);
        var records = new RecordFeatures[steps * BatchSize];
        foreach (ref var record in records.AsSpan())
        {
            record[0] = random.Next(100, 300);
            for (var i = 1; i < RecordFeatures.Count; i++)
            {
                record[i] = i <= 3 ? (long)(record[0] * (1 + random.NextDouble()) * 100) : random.Next(100);
            }
        }

        var points = new LossPoint[steps];
        Span<double> predictors = stackalloc double[StepPredictors.Count];
        for (var step = 0; step < steps; step++)
        {
            MicroBatch[] batch = [new([.. Enumerable.Range(step * BatchSize, BatchSize)])];
            StepPredictors.TryCompute(batch, record => records[record], predictors);
            var noise = 0.1 * (random.NextDouble() - 0.5);
            points[step] = new(step, (3 / Math.Sqrt(1 + (step / 100.0))) + predictors[1] + noise, batch);
        }

        return (points, records);
    }

    private static async Task<(double Seconds, double Score)?> Reference(LossPoint[] points, RecordFeatures[] records)
    {
        var shared = Environment.GetEnvironmentVariable("LACE_SHARED") ?? Path.Combine("..", "shared");
        var script = Path.Combine(shared, "spec", "trajectory_reference.py");
        const string Python = "/usr/bin/python3";
        if (!File.Exists(script) || !File.Exists(Python))
        {
            Console.WriteLine($"score: no reference to compare with: {script} and {Python} with NumPy are needed");
            return null;
        }

        var program =
            $"import sys,json,time; sys.path.insert(0,{JsonSerializer.Serialize(Path.GetDirectoryName(script))})\n"
            + "import numpy as np, trajectory_reference as t\n"
            + "d=json.load(sys.stdin); F=np.array(d['records'],float); F[:,1:4]/=100\n"
            + "a=time.perf_counter(); r=t.score(np.array(d['loss']),t.step_predictors(F,d['batches']))\n"
            + "print(json.dumps([time.perf_counter()-a,r['score']]))\n";
        var start = new ProcessStartInfo(Python, ["-c", program])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        using var process = Process.Start(start)!;
        await JsonSerializer.SerializeAsync(
            process.StandardInput.BaseStream,
            new
            {
                loss = points.Select(point => point.Loss),
                batches = points.Select(point => point.Batch![0].Records),
                records = records.Select(record => ((ReadOnlySpan<long>)record).ToArray()),
            }
        );
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            Console.WriteLine("score: the reference failed; is NumPy installed?");
            return null;
        }

        var figures = JsonSerializer.Deserialize<double[]>(output)!;
        return (figures[0], figures[1]);
    }
}
