using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Lace.Emulator;
using Lace.Platform;

namespace Lace.Benchmarks;

/// <summary>
/// The published program in the Lambda loop on a local data folder: points a second that one process of <c>losses</c> takes from
/// SQS events, and how long a verification takes.
/// </summary>
internal static class LambdaBenchmark
{
    public const string Name = "lambda";

    private const string Program = "out/lambda/functions/Lace.Functions.dll";
    private const int Points = 100_000;
    private const int PointsPerSegment = 250;
    private const int Records = 20_000;
    private const int VerifiedSteps = 2_000;

    /// <param name="args">Segments a batch, 40 if absent; verifications, 200 if absent.</param>
    public static async Task<int> Run(string[] args)
    {
        var batch = args.Length > 0 ? int.Parse(args[0]) : 40;
        var verifications = args.Length > 1 ? int.Parse(args[1]) : 200;
        var folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
        try
        {
            var data = await LocalData.CreateAsync(Path.GetFullPath(Program), folder);
            await using var service = await EmulatedService.StartAsync(Path.GetFullPath(Program), data.Environment);
            using var client = new EvidenceClient(service.Address, data.Key);
            var attestation = await client.AttestAsync(Records);
            return
                await IngestAsync(service, client, attestation, batch)
                && await VerifyAsync(service, client, attestation, verifications)
                ? 0
                : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> IngestAsync(
        EmulatedService service,
        EvidenceClient client,
        string attestation,
        int batch
    )
    {
        var run = await client.BeginAsync(attestation);
        var id = run.GetProperty("run_id").GetString()!;
        var events = client
            .Segments(run, Records, Points, PointsPerSegment)
            .Select(Message)
            .Chunk(batch)
            .Select(messages => QueueEvents.Of(messages))
            .ToList();
        var losses = service.Function("losses");
        _ = (await losses.InvokeAsync("{\"Records\":[]}"u8.ToArray())).Json; // the start is measured elsewhere
        var sandbox = losses.Sandboxes.Single();
        var (processor, watch) = (sandbox.ProcessorTime, Stopwatch.StartNew());
        var times = new List<double>();
        foreach (var json in events)
        {
            var started = Stopwatch.GetTimestamp();
            var failures = (await losses.InvokeAsync(json)).Json.GetProperty("batchItemFailures").GetArrayLength();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (failures > 0)
            {
                await Console.Error.WriteLineAsync($"lambda: {failures} segments of a batch were not taken");
                return false;
            }
        }

        var (seconds, cores) = (watch.Elapsed.TotalSeconds, (sandbox.ProcessorTime - processor).TotalSeconds);
        var state = JsonElement.Parse(await client.GetAsync($"/v1/runs/{id}"));
        if (state.GetProperty("points").GetInt64() != Points)
        {
            await Console.Error.WriteLineAsync($"lambda: not every point was accepted: {state}");
            return false;
        }

        Console.WriteLine(
            $"lambda: {Points} points in {events.Count} SQS events of {batch} segments, {events.Sum(json => (long)json.Length) / 1e6:0.0} MB, event to accepted and durable: {seconds:0.00} s, {Points / seconds:0} points/s, {Points / cores:0} points/s of processor time (goal: 20,000 a core); none lost"
        );
        Console.WriteLine($"lambda: one event: {Percentiles(times)}");
        return true;
    }

    private static async Task<bool> VerifyAsync(
        EmulatedService service,
        EvidenceClient client,
        string attestation,
        int count
    )
    {
        var run = await client.BeginAsync(attestation);
        var id = run.GetProperty("run_id").GetString()!;
        var segments = client.Segments(run, Records, VerifiedSteps, PointsPerSegment).Select(Message).ToArray();
        _ = (await service.Function("losses").InvokeAsync(QueueEvents.Of(segments))).Json;
        await client.PostAsync($"/v1/runs/{id}/finish", "");
        var verify = service.Function("verify");
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            // Of another address each time: one alone may call ten times a second.
            var request =
                $$"""{"version":"2.0","rawPath":"/v1/verify/{{id}}","requestContext":{"http":{"method":"GET","sourceIp":"10.0.{{i / 250}}.{{i % 250}}"} } }""";
            var started = Stopwatch.GetTimestamp();
            var answer = (await verify.InvokeAsync(Encoding.UTF8.GetBytes(request))).Json;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (answer.GetProperty("statusCode").GetInt32() != 200)
            {
                await Console.Error.WriteLineAsync($"lambda: a verification was refused: {answer}");
                return false;
            }
        }

        Console.WriteLine(
            $"lambda: GET /v1/verify of a run of {VerifiedSteps} steps: first {times[0]:0} ms (start and whole examination), the others {Percentiles(times[1..])}"
        );
        return true;
    }

    private static QueueMessage Message(byte[] body, int number) =>
        new($"message-{number}", $"receipt-{number}", body, TimeProvider.System.GetUtcNow(), 1);

    private static string Percentiles(List<double> times)
    {
        var sorted = times.Order().ToArray();
        return $"p50 {At(0.5):0.0} ms, p95 {At(0.95):0.0} ms, p99 {At(0.99):0.0} ms";

        double At(double share) => sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }
}
