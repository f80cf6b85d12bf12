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
                var times = new Dictionary<string, List<double>>(StringComparer.Ordinal);
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

    private static void Print(string route, Dictionary<string, List<double>> times)
    {
        var peer = Median(times.First().Value);
        foreach (var (name, measured) in times)
        {
            var median = Median(measured);
            Console.WriteLine(
                $"coldstart: {route}: {name}: {median:0} ms median of {measured.Count} ({measured.Min():0} to {measured.Max():0}), {median / peer:0.00} of the Lambda loop compiled ahead"
            );
        }
    }

    private static async Task AddAsync(Dictionary<string, List<double>> times, string name, Func<Task<double>> measure)
    {
        var milliseconds = await measure();
        if (!times.TryAdd(name, [milliseconds]))
        {
            times[name].Add(milliseconds);
        }
    }

    private static async Task<double> LambdaAsync(string program, LocalData data, string route)
    {
        var settings = Deployment.Function("verify", Path.GetFullPath(program), data.Environment);
        var request =
            $$"""{"version":"2.0","rawPath":"{{route}}","requestContext":{"http":{"method":"GET","sourceIp":"203.0.113.7"} } }""";
        await using var sandbox = await Sandbox.StartAsync(settings);
        var outcome = await sandbox.InvokeAsync(Encoding.UTF8.GetBytes(request));
        var elapsed = Stopwatch.GetElapsedTime(sandbox.Started).TotalMilliseconds;
        _ = outcome.Json;
        return elapsed;
    }

    private static async Task<double> KestrelAsync(string program, LocalData data, string route)
    {
        using var client = new HttpClient();
        var started = Stopwatch.GetTimestamp();
        using var host = LocalData.StartHost(Path.GetFullPath(program), data.Environment);
        var address = (await LocalData.ReadyAsync(host)).GetProperty("address").GetString();
        using var answer = await client.GetAsync(new Uri(address + route));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        host.Kill();
        await host.WaitForExitAsync();
        return elapsed;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
