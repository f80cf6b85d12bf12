using System.Diagnostics;
using Lace.Functions.Access;
using Lace.Functions.Admin;
using Lace.Functions.Plans;
using Lace.Functions.Storage;
using Lace.Moto;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Lace.Records.Training;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>Plans and keys of several processes on DynamoDB and KMS, also while one request in five fails.</summary>
public class PlansOnAwsTests(MotoFixture moto) : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private AwsWorld? world;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private AuditedRequest Request => AuditedRequest.WithoutBody(clock.GetUtcNow());

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        Arrange(world.Front.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    private protected virtual void Arrange(AwsFaults faults) { }

    [Fact]
    public async Task Of_processes_that_race_for_training_clients_as_many_get_one_as_the_plan_has()
    {
        var tenant = new TenantId(
            (await New().Tenants.CreateAsync("test", ServicePlan.Find("pilot")!, Request, Cancel)).Id
        );
        var processes = Enumerable.Range(0, 3).Select(_ => New()).ToArray();
        var made = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => processes[i % 3].Clients.CreateAsync(tenant, Training, Request, Cancel))
        );
        Assert.Equal(2, made.Count(one => one.Client is not null));
        var charge = await new Usage(world!.Platform.Items, clock).ChargeAsync(
            tenant,
            Quota.TrainingClients,
            0,
            cancellationToken: Cancel
        );
        Assert.Equal(2, charge.Used);
    }

    [Fact]
    public async Task Processes_together_admit_no_more_requests_than_the_limit_and_a_hundredth_each()
    {
        const int Limit = 100;
        var limit = new SharedLimit("MINUTE", Limit);
        var processes = Enumerable.Range(0, 3).Select(_ => new SharedMinute(world!.Platform.Items, clock)).ToArray();
        var admitted = 0;
        await Parallel.ForAsync(
            0,
            3 * Limit,
            Cancel,
            async (i, cancel) =>
            {
                if (await processes[i % 3].TakeAsync(new TenantId("one"), limit, 1, cancel))
                {
                    Interlocked.Increment(ref admitted);
                }
            }
        );

        // A write of which the answer is lost may have counted what nobody was admitted for: less, never more.
        Assert.InRange(admitted, Limit / 2, Limit + 3);
    }

    [Fact]
    public async Task A_deleted_tenants_keys_of_either_kind_open_nothing_in_another_process_after_a_minute()
    {
        var (here, elsewhere) = (New(), New());
        var made = await here.Tenants.CreateAsync("test", ServicePlan.Find("pilot")!, Request, Cancel);
        var tenant = new TenantId(made.Id);
        var (key, _) = await here.ApiKeys.CreateAsync(tenant, "test", [Scope.Ingest], cancellationToken: Cancel);
        Assert.Null(await elsewhere.RefusalAsync(key));
        using var wrapped = await world!.Platform.Keys.GenerateDataKeyAsync(tenant, "something", Cancel);

        await here.Deletion.DeleteAsync(made.Id, Request, Cancel);
        clock.Pass(KeyMemory.Longest);
        Assert.Equal("key_revoked", await elsewhere.RefusalAsync(key));
        Assert.Null(await world.Platform.Keys.UnwrapDataKeyAsync(tenant, "something", wrapped.Wrapped, Cancel));
    }

    private static readonly TrainingConfig Training = new(
        "org/tiny",
        "float32",
        null,
        new("adamw", 1e-3, 0.01, 0.9, 0.999, 1e-8),
        null,
        null,
        null,
        8,
        1,
        null,
        64,
        1
    );

    private Process New() => new(world!.Platform, clock);

    private sealed class Process
    {
        private readonly Gate gate;

        public Process(IPlatform platform, TimeProvider clock)
        {
            var audit = new AuditTrail(platform.Items, TimeProvider.System);
            Tenants = new Tenants(platform.Items, audit, clock);
            ApiKeys = new ApiKeys(platform.Items, audit, clock);
            Clients = new TrainingClients(platform.Items, platform.Keys, audit, clock);
            Deletion = new TenantDeletion(Tenants, ApiKeys, Clients, platform.Keys, clock);
            gate = new Gate(new KnownKeys(ApiKeys, Tenants, KeyMemory.OfNetwork, clock), clock);
        }

        public Tenants Tenants { get; }

        public ApiKeys ApiKeys { get; }

        public TrainingClients Clients { get; }

        public TenantDeletion Deletion { get; }

        public async Task<string?> RefusalAsync(ApiKey key) =>
            (await gate.OpenAsync(name => name == Gate.HeaderName ? key.Reveal() : "", Cancel)).Refusal?.Code;
    }
}

public sealed class PlansOnAwsUnderFaultsTests(MotoFixture moto) : PlansOnAwsTests(moto)
{
    private protected override void Arrange(AwsFaults faults) =>
        faults.OneIn(5, 6, AwsFault.Throttled, AwsFault.Failed, AwsFault.FailedAfter, AwsFault.Dropped, AwsFault.Lost);
}

/// <summary>The host's own verb on AWS.</summary>
public sealed class KeysVerbOnAwsTests(MotoFixture moto)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_operators_key_is_made_on_the_table_itself()
    {
        await using var front = await AwsFront.StartAsync(moto.Address);
        var account = await MotoAccount.CreateAsync(front.Address, $"t{Guid.NewGuid():n}"[..24]);
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["Lace.Functions.dll", "keys", "create", "--operator", "--label", "first"];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.WorkingDirectory = AppContext.BaseDirectory;
        foreach (var (name, value) in account.Environment)
        {
            start.Environment[name] = value;
        }

        using var verb = Process.Start(start)!;
        var output = verb.StandardOutput.ReadToEndAsync(Cancel);
        var error = await verb.StandardError.ReadToEndAsync(Cancel);
        await verb.WaitForExitAsync(Cancel);
        Assert.True(verb.ExitCode == 0, error);
        Assert.True(ApiKey.TryParse((await output).Trim(), out var key));

        using var platform = AwsPlatform.Open(
            AwsSettings.Read(account.Environment.GetValueOrDefault)!,
            TimeProvider.System
        );
        var keys = new ApiKeys(
            platform.Items,
            new AuditTrail(platform.Items, TimeProvider.System),
            TimeProvider.System
        );
        Assert.Equal(["operator"], (await keys.FindAsync(key, Cancel))!.Scopes);
    }
}
