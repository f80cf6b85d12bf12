using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Trajectories;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Functions.Telemetry;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Lace.Records.LossIngest;
using Lace.Records.Notary;
using Lace.Records.TransparencyLog;
using Lace.Tests.Evidence.LossLog;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lace.Tests.Functions.LossIngest;

/// <summary>Queue, stores and keys on a folder of their own, and consumers on them that can be replaced as after a crash.</summary>
internal sealed class IngestWorld : IDisposable
{
    public static readonly TenantId Tenant = new("tenant-test");
    private const string Root = "4244864bff4a4cecd47f0634186b491a6eb75abd46435c224d1aa8bb09f2c85d";

    private readonly TestClock clock = new();
    private readonly StringWriter metrics = new();
    private readonly EmbeddedPlatform platform;
    private readonly ServiceProvider services;

    public IngestWorld()
    {
        Folder = Directory.CreateTempSubdirectory("lace-ingest-").FullName;
        platform = EmbeddedPlatform.Open(Folder, clock);
        services = Provide(platform.Items, platform.Blobs);
        Log = ActivatorUtilities.CreateInstance<Sequencer>(services);
    }

    public string Folder { get; }

    /// <summary>Lines of metrics so far.</summary>
    public string MetricLines => metrics.ToString();

    public Runs Runs => services.GetRequiredService<Runs>();

    public SignedStatements Statements => services.GetRequiredService<SignedStatements>();

    public LogPlace LogPlace => services.GetRequiredService<LogPlace>();

    /// <summary>Nobody else takes what was promised into the log.</summary>
    public Sequencer Log { get; }

    public IItemStore Items => platform.Items;

    public IBlobStore Blobs => platform.Blobs;

    public IKeyService Keys => platform.Keys;

    public IQueue Queue => platform.Queue("losses");

    /// <summary>A run whose start the log shows.</summary>
    public async Task<(StoredRun Run, LossLogScript Script)> NewRunAsync()
    {
        var made = await NewUnloggedRunAsync();
        await Log.RunBatchAsync();
        return made;
    }

    public async Task<(StoredRun Run, LossLogScript Script)> NewUnloggedRunAsync()
    {
        var dataset = new AttestedDataset(DatasetFormat.Text, DatasetPart.Whole, 1, 100, 1, 16384, Root, null, null);
        var attestation = new Attestation(
            "lace-20261120-134501-x7k2p9",
            Attestation.Complete,
            null,
            null,
            dataset,
            null,
            null,
            clock.GetUtcNow(),
            clock.GetUtcNow(),
            null,
            null
        );
        var (run, key) = await Runs.CreateAsync(
            Tenant,
            attestation,
            new LoggedAttestation(0, "log.localhost/00000000\n1\n" + Convert.ToBase64String(new byte[32]) + "\n"),
            new CreateRun(attestation.Id),
            AuditedRequest.WithoutBody(clock.GetUtcNow()),
            default
        );
        return (run, new LossLogScript(run.RunId, Runs.Hash(Root), key));
    }

    /// <summary>A consumer as after a start of the process.</summary>
    public SegmentConsumer Consumer(IItemStore? items = null, IBlobStore? blobs = null)
    {
        var parts = Provide(items ?? Items, blobs ?? Blobs);
        return new(
            Queue,
            parts.GetRequiredService<RunKeys>(),
            parts.GetRequiredService<SegmentIntake>(),
            parts.GetRequiredService<Metrics>(),
            clock,
            NullLogger<SegmentConsumer>.Instance
        );
    }

    public Task SendAsync(params IEnumerable<byte[]> bodies) =>
        Task.WhenAll(bodies.Select(body => Queue.SendAsync(body)));

    /// <summary>Handles messages until none comes, not even one that was postponed.</summary>
    public async Task DrainAsync(SegmentConsumer? consumer = null)
    {
        consumer ??= Consumer();
        for (var idle = 0; idle < 2; clock.Advance(TimeSpan.FromMinutes(2)))
        {
            idle = await consumer.HandleBatchAsync(default) > 0 ? 0 : idle + 1;
        }
    }

    /// <summary>Makes what was received and not completed visible again.</summary>
    public void LetVisibilityPass() => clock.Advance(TimeSpan.FromMinutes(2));

    public async Task<RunState> StateAsync(StoredRun run)
    {
        var (head, _) = await Runs.GetHeadAsync(Tenant, run.RunId, default);
        return RunStates.Of(run, head);
    }

    public async Task<RecordedRun> RecordedAsync(StoredRun run)
    {
        var (head, _) = await Runs.GetHeadAsync(Tenant, run.RunId, default);
        var segments = await Runs.SegmentsAsync(Tenant, run.RunId, head.Next, default).ToListAsync();
        var recorded = RecordedRun.Replay(run.RunId, Runs.Hash(Root), segments);
        Assert.NotNull(recorded);
        Assert.Equal(head.Digest, recorded.Head.ToString());
        Assert.Equal(head.Points, recorded.Points.Count);
        return recorded;
    }

    public static PointItem[] Points(int first, int count) =>
        [
            .. Enumerable
                .Range(first, count)
                .Select(step => new PointItem(new LossPoint(step, 1.0 / (1 + step), AtMilliseconds: 1 + step))),
        ];

    /// <summary>Segments of ten points each.</summary>
    public static LossLogScript Fill(LossLogScript script, int segments)
    {
        for (var seq = 0; seq < segments; seq++)
        {
            script.Segment(Points(10 * seq, 10));
        }

        return script;
    }

    private ServiceProvider Provide(IItemStore items, IBlobStore blobs)
    {
        var parts = new ServiceCollection();
        parts.AddLogging();
        parts.AddSingleton<TimeProvider>(clock);
        parts.AddSingleton(items);
        parts.AddSingleton(blobs);
        parts.AddSingleton(platform.Keys);
        parts.AddSingleton<AuditTrail>();
        parts.AddSingleton(new Metrics(TextWriter.Synchronized(metrics), new TelemetryLabels("losses", "test"), clock));
        parts.AddRuns();
        parts.AddSingleton<SegmentIntake>();
        parts.AddTransient<RunKeys>();
        return parts.BuildServiceProvider();
    }

    public void Dispose()
    {
        platform.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private sealed class TestClock : TimeProvider
    {
        private DateTimeOffset now = new(2026, 11, 20, 13, 45, 1, TimeSpan.Zero);

        public void Advance(TimeSpan time) => now += time;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
