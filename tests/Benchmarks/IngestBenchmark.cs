using System.Diagnostics;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Trajectories;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Functions.Telemetry;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Lace.Records.LossIngest;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lace.Benchmarks;

/// <summary>Points per second from the queue to the accepted, durable chain, beside SQLite taking the same bytes as bare rows.</summary>
internal static class IngestBenchmark
{
    public const string Name = "ingest";

    private const int Points = 200_000;
    private const int BatchSize = 8;

    /// <param name="args">Points a segment; 250 if absent.</param>
    public static async Task<int> Run(string[] args)
    {
        var perSegment = args.Length > 0 ? int.Parse(args[0]) : 250;
        var folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
        try
        {
            using var platform = EmbeddedPlatform.Open(folder, TimeProvider.System);
            using var services = Services(platform);
            var (run, bodies) = await MakeAsync(services, perSegment);
            await Task.WhenAll(bodies.Select(body => platform.Queue("losses").SendAsync(body)));

            var consumer = Consumer(platform, services);
            var (cpu, watch) = (CpuTime(), Stopwatch.StartNew());
            while (await consumer.HandleBatchAsync(default) > 0) { }
            var (seconds, cores) = (watch.Elapsed.TotalSeconds, (CpuTime() - cpu).TotalSeconds);

            var (head, _) = await services.GetRequiredService<Runs>().GetHeadAsync(Tenant, run.RunId, default);
            if (head.Points != Points)
            {
                await Console.Error.WriteLineAsync($"ingest: only {head.Points} of {Points} points were accepted");
                return 1;
            }

            var bare = BareInserts(Path.Combine(folder, "bare.db"), bodies, 44);
            var bytes = bodies.Sum(body => (long)body.Length);
            Console.WriteLine(
                $"ingest: {Points} points in {bodies.Count} segments ({bytes / 1e6:0.0} MB), queue to accepted and durable: {seconds:0.00} s, {Points / seconds:0} points/s, {Points / cores:0} points/s of processor time"
            );
            Console.WriteLine(
                $"ingest: bare SQLite inserts of the same bodies, 44 a transaction: {bare:0.00} s, {Points / bare:0} points/s; ours takes {seconds / bare:0.0} times as long"
            );
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static readonly TenantId Tenant = new("tenant-bench");

    private static ServiceProvider Services(EmbeddedPlatform platform)
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(platform.Items);
        services.AddSingleton(platform.Blobs);
        services.AddSingleton(platform.Keys);
        services.AddSingleton<AuditTrail>();
        services.AddSingleton(
            new Metrics(TextWriter.Null, new TelemetryLabels("losses", "bench"), TimeProvider.System)
        );
        services.AddRuns();
        services.AddSingleton<SegmentIntake>();
        services.AddTransient<RunKeys>();
        return services.BuildServiceProvider();
    }

    private static TimeSpan CpuTime() => Process.GetCurrentProcess().TotalProcessorTime;

    private static SegmentConsumer Consumer(EmbeddedPlatform platform, ServiceProvider services) =>
        new(
            platform.Queue("losses"),
            services.GetRequiredService<RunKeys>(),
            services.GetRequiredService<SegmentIntake>(),
            services.GetRequiredService<Metrics>(),
            TimeProvider.System,
            NullLogger<SegmentConsumer>.Instance
        );

    private static async Task<(StoredRun Run, List<byte[]> Bodies)> MakeAsync(ServiceProvider services, int perSegment)
    {
        var now = TimeProvider.System.GetUtcNow();
        var dataset = new AttestedDataset(
            DatasetFormat.Text,
            DatasetPart.Whole,
            1,
            1_000_000,
            1,
            DatasetChunk.Records,
            new string('a', 64),
            null,
            null
        );
        var attestation = new Attestation(
            "lace-20261120-134501-x7k2p9",
            Attestation.Complete,
            null,
            null,
            dataset,
            null,
            null,
            now,
            now,
            null,
            null
        );
        var checkpoint = "log.localhost/00000000\n1\n" + Convert.ToBase64String(new byte[32]) + "\n";
        var (run, key) = await services
            .GetRequiredService<Runs>()
            .CreateAsync(
                Tenant,
                attestation,
                new LoggedAttestation(0, checkpoint),
                new CreateRun(attestation.Id),
                AuditedRequest.WithoutBody(now),
                default
            );
        var random = new Random(1);
        var bodies = new List<byte[]>();
        var prev = LossSegment.Origin(run.RunId, Runs.Hash(run.Root));
        for (var step = 0; step < Points; step += perSegment)
        {
            var items = Enumerable.Range(step, Math.Min(perSegment, Points - step)).Select(s => Point(s, random));
            bodies.Add(LossSegment.Write(run.RunId, bodies.Count, prev, items, key));
            prev = LossSegment.Read(bodies[^1], out _)!.Digest;
        }

        return (run, bodies);
    }

    private static PointItem Point(int step, Random random)
    {
        int[] records = [.. Enumerable.Range(0, BatchSize).Select(_ => random.Next(1_000_000))];
        var at = 1_795_182_361_000 + (20L * step);
        return new(
            new LossPoint(
                step,
                2 + random.NextDouble(),
                [new MicroBatch(records, 0, step)],
                512,
                3e-4,
                AtMilliseconds: at
            )
        );
    }

    private static double BareInserts(string path, List<byte[]> bodies, int each)
    {
        using var connection = new SqliteConnection($"Data Source={path}");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "CREATE TABLE segments (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)");
        var watch = Stopwatch.StartNew();
        foreach (var some in bodies.Chunk(each))
        {
            using var transaction = connection.BeginTransaction();
            foreach (var body in some)
            {
                using var insert = connection.CreateCommand();
                insert.CommandText = "INSERT INTO segments (body) VALUES ($1)";
                insert.Parameters.AddWithValue("$1", body);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        return watch.Elapsed.TotalSeconds;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
