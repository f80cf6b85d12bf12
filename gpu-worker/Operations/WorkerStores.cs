using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Notary;
using Lace.Records.Training;
using Lace.Records.TransparencyLog;

namespace Lace.Worker.Operations;

/// <summary>What a worker reads and writes: the ports, and the records on them.</summary>
internal sealed class WorkerStores : IDisposable
{
    /// <summary>The queue of loss segments.</summary>
    private const string LossesName = "losses";

    private readonly IPlatform platform;

    private WorkerStores(IPlatform platform, LogKeys log, TimeProvider clock)
    {
        this.platform = platform;
        Clock = clock;
        Audit = new AuditTrail(platform.Items, clock);
        var statements = new SignedStatements(platform.Items, new PendingEntries(new LogPlace(log.Origin)));
        Artifacts = new Artifacts(platform.Items, platform.Blobs, platform.Keys, statements);
        Clients = new TrainingClients(platform.Items, platform.Keys, Audit, clock);
        Signer = new StatementSigner(platform.Keys);
    }

    public TimeProvider Clock { get; }

    public IItemStore Items => platform.Items;

    public IBlobStore Blobs => platform.Blobs;

    public IKeyService Keys => platform.Keys;

    public IQueue Losses => platform.Queue(LossesName);

    public AuditTrail Audit { get; }

    public Artifacts Artifacts { get; }

    public TrainingClients Clients { get; }

    public StatementSigner Signer { get; }

    /// <param name="platform">Owned from now on.</param>
    public static async Task<WorkerStores> OpenAsync(IPlatform platform, TimeProvider clock)
    {
        try
        {
            return new WorkerStores(platform, await LogKeys.OpenAsync(platform.Keys), clock);
        }
        catch
        {
            platform.Dispose();
            throw;
        }
    }

    public void Dispose() => platform.Dispose();
}
