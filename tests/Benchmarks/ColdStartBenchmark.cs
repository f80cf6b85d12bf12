using System.Diagnostics;
using System.Text;
using Lace.Emulator;

namespace Lace.Benchmarks;

/// <summary>From the start of a process to its first answer: in the Lambda loop and on Kestrel, compiled ahead and not.</summary>
internal static class ColdStartBenchmark
{
    public const string Name = "coldstart";

    private const string Ahead = "out/lambda/functions/Lace.Functions.dll";
    private const string Jit = "out/lambda/functions-jit/Lace.Functions.dll";

    private static readonly string[] Routes = ["/health", "/v1/verify/run-20261120-134502-k4m8q2"];

    /// <param name="args">Rounds; 9 if absent.</param>
    public static async Task<int> Run(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0]) : 9;
        var folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
        try
        {
            var data = await LocalData.CreateAsync(Path.GetFullPath(Ahead), folder);
            foreach (var route in Routes)
            {
                var times = new Dictionary<string, List<Measured>>(StringComparer.Ordinal);
                for (var round = 0; round < rounds; round++)
                {
                    // In turn, so that a busy moment of the machine falls on all of them.
                    await AddAsync(times, "Lambda loop, compiled ahead", () => LambdaAsync(Ahead, data, route));
                    await AddAsync(times, "Lambda loop, JIT", () => LambdaAsync(Jit, data, route));
                    await AddAsync(times, "Kestrel, compiled ahead", () => KestrelAsync(Ahead, data, route));
                    await AddAsync(times, "Kestrel, JIT", () => KestrelAsync(Jit, data, route));
                }

                Print(route, times);
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(string route, Dictionary<string, List<Measured>> times)
    {
        var peer = Median(times.First().Value, one => one.Milliseconds);
        var peerProcessor = Median(times.First().Value, one => one.ProcessorMilliseconds);
        foreach (var (name, measured) in times)
        {
            var median = Median(measured, one => one.Milliseconds);
            var processor = Median(measured, one => one.ProcessorMilliseconds);
            Console.WriteLine(
                $"coldstart: {route}: {name}: {median:0} ms median of {measured.Count} ({measured.Min(one => one.Milliseconds):0} to {measured.Max(one => one.Milliseconds):0}), {median / peer:0.00} of the first; {processor:0} ms of processor time, {processor / peerProcessor:0.00} of the first"
            );
        }
    }

    private static async Task AddAsync(
        Dictionary<string, List<Measured>> times,
        string name,
        Func<Task<Measured>> measure
    )
    {
        var measured = await measure();
        if (!times.TryAdd(name, [measured]))
        {
            times[name].Add(measured);
        }
    }

    private static async Task<Measured> LambdaAsync(string program, LocalData data, string route)
    {
        var settings = Deployment.Function("verify", Path.GetFullPath(program), data.Environment);
        var request =
            $$"""{"version":"2.0","rawPath":"{{route}}","requestContext":{"http":{"method":"GET","sourceIp":"203.0.113.7"} } }""";
        await using var sandbox = await Sandbox.StartAsync(settings);
        var outcome = await sandbox.InvokeAsync(Encoding.UTF8.GetBytes(request));
        var elapsed = Stopwatch.GetElapsedTime(sandbox.Started).TotalMilliseconds;
        _ = outcome.Json;
        return new Measured(elapsed, sandbox.ProcessorTime.TotalMilliseconds);
    }

    private static async Task<Measured> KestrelAsync(string program, LocalData data, string route)
    {
        using var client = new HttpClient();
        var started = Stopwatch.GetTimestamp();
        var settings = Deployment.Function("verify", Path.GetFullPath(program), data.Environment);
        using var host = LocalData.StartHost(Path.GetFullPath(program), settings.Environment);
        var address = (await LocalData.ReadyAsync(host)).GetProperty("address").GetString();
        using var answer = await client.GetAsync(new Uri(address + route));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var processor = host.TotalProcessorTime.TotalMilliseconds;
        host.Kill();
        await host.WaitForExitAsync();
        return new Measured(elapsed, processor);
    }

    private static double Median(List<Measured> values, Func<Measured, double> of) =>
        values.Select(of).Order().ElementAt(values.Count / 2);

    private sealed record Measured(double Milliseconds, double ProcessorMilliseconds);
}
