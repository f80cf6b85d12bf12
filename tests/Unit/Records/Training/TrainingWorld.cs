using System.Text;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Lace.Records.Notary;
using Lace.Records.Training;
using Lace.Records.TransparencyLog;
using Lace.Tests.Functions;
using Lace.Tests.Functions.Audit;
using Lace.Tests.Platform;

namespace Lace.Tests.Records.Training;

/// <summary>Training clients on a folder of their own. Each set of stores stands for a process.</summary>
internal sealed class TrainingWorld : IDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly PlatformFolder folder = new();

    public TrainingWorld() => Platform = folder.Open();

    public EmbeddedPlatform Platform { get; }

    public ManualClock Clock { get; } = new();

    public static TenantId Tenant => PlatformFolder.Tenant;

    public Stores Open(IItemStore? items = null, IBlobStore? blobs = null) =>
        new(items ?? Platform.Items, blobs ?? Platform.Blobs, Platform.Keys, Clock);

    public void Dispose()
    {
        Platform.Dispose();
        folder.Dispose();
    }

    public static TrainingConfig Config(TrainingPrivacy? privacy = null, long? maxSteps = null) =>
        new(
            "org/tiny",
            "float32",
            null,
            new("adamw", 1e-3, 0.01, 0.9, 0.999, 1e-8),
            privacy,
            privacy is null ? null : new TrainingSampling(1000, 0.01),
            null,
            8,
            1,
            maxSteps,
            64,
            1
        );

    /// <summary>For so many steps of the rate 0.01 at δ = 1e-5 and no more.</summary>
    public static TrainingPrivacy For(long steps)
    {
        var mechanism = new Lace.Privacy.SampledGaussian(0.01, 1);
        var epsilon = Lace.Privacy.AccountantExtensions.Epsilon(
            Lace.Privacy.Accountant.Rdp,
            Lace.Privacy.PrivacyHistory.Of(mechanism, steps),
            1e-5
        );
        return new TrainingPrivacy(1, 1, epsilon, 1e-5, "rdp", "automatic");
    }

    public static AuditedRequest Request(string body = "") =>
        new(
            new(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(body))),
            body.Length,
            DateTimeOffset.UnixEpoch
        );

    public static OperationRequest Ask(
        OperationKind kind,
        string body = "{}",
        long? seq = null,
        long steps = 0,
        string? artifact = null
    ) => new(kind, Encoding.UTF8.GetBytes(body), seq, steps, Request(body), artifact);

    public static OperationRequest Step(string body = "{}", long? seq = null) =>
        Ask(OperationKind.OptimStep, body, seq, 1);
}

/// <summary>The repositories of one process.</summary>
internal sealed class Stores
{
    public Stores(IItemStore items, IBlobStore blobs, IKeyService keys, TimeProvider clock)
    {
        (Items, Blobs, Keys, Clock) = (items, blobs, keys, clock);
        Audit = new AuditTrail(items, clock);
        Clients = new TrainingClients(items, keys, Audit, clock);
        var statements = new SignedStatements(items, new PendingEntries(new LogPlace("log.localhost/0000")));
        Artifacts = new Artifacts(items, blobs, keys, statements);
        Log = new OperationLog(items, blobs, keys, Audit, Clients, Artifacts, clock);
    }

    public IItemStore Items { get; }

    public IBlobStore Blobs { get; }

    public IKeyService Keys { get; }

    public TimeProvider Clock { get; }

    public AuditTrail Audit { get; }

    public TrainingClients Clients { get; }

    public Artifacts Artifacts { get; }

    public OperationLog Log { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<TrainingClient> CreateAsync(TrainingPrivacy? privacy = null, long? maxSteps = null) =>
        (
            await Clients.CreateAsync(
                TrainingWorld.Tenant,
                TrainingWorld.Config(privacy, maxSteps),
                TrainingWorld.Request(),
                Cancel
            )
        ).Client!;

    public Task<Acceptance> AcceptAsync(string client, OperationRequest request) =>
        Log.AcceptAsync(TrainingWorld.Tenant, client, request, Cancel);

    public Task<ClientLease?> ClaimAsync(string client, string owner = "job") =>
        ClientLease.ClaimAsync(Items, Audit, Clock, TrainingWorld.Tenant, client, owner, TrainingWorld.Lease, Cancel);

    public Task<BudgetRecord?> BudgetAsync(string client) => Clients.BudgetAsync(TrainingWorld.Tenant, client, Cancel);

    public async Task<TrainingClient> GetAsync(string client) =>
        (await Clients.GetAsync(TrainingWorld.Tenant, client, Cancel))!.Client;

    public async Task<OperationView> ViewAsync(string future) =>
        (await Log.GetAsync(TrainingWorld.Tenant, future, Cancel))!;

    public Task<bool> CancelAsync(string future) =>
        Log.CancelAsync(TrainingWorld.Tenant, future, TrainingWorld.Request(), Cancel);

    /// <summary>Does one operation as a worker does.</summary>
    public async Task<bool> RunOneAsync(ClientLease lease)
    {
        using var payloads = await Payloads.OpenAsync(Keys, Blobs, TrainingWorld.Tenant, lease.Client, Cancel);
        if (await lease.NextAsync(Cancel) is not { } next || await lease.BeginAsync(next, Cancel) is not { } begun)
        {
            return false;
        }

        await payloads.OpenAsync(Payloads.RequestName(begun.RequestHash), begun.Request, Cancel);
        await lease.CompleteAsync(
            begun,
            payloads,
            new Completion("{\"done\":true}"u8.ToArray(), lease.Client.Step + begun.Steps),
            Cancel
        );
        return true;
    }

    /// <summary>The audit chain holds, and what it says.</summary>
    public async Task<IReadOnlyList<(string Operation, string Phase, string Object)>> AuditAsync()
    {
        Assert.Equal(AuditFault.None, (await AuditFiles.VerifyAsync(Items, TrainingWorld.Tenant)).Fault);
        return
        [
            .. (await AuditFiles.EntriesAsync(Items, TrainingWorld.Tenant)).Select(entry =>
                (
                    entry.GetProperty("operation").GetString()!,
                    entry.GetProperty("phase").GetString()!,
                    entry.GetProperty("object_id").GetString()!
                )
            ),
        ];
    }
}
