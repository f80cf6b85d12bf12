using System.Text.Json;
using Lace.Platform;
using Lace.Records.Storage;
using Lace.Records.Tenancy;
using Lace.Records.Training;
using Lace.Tests.Records.Training;

namespace Lace.Tests.Records.Tenancy;

/// <summary>What is counted of a plan, by several processes on one store.</summary>
public sealed class UsageTests : IDisposable
{
    private const int PilotClients = 2;
    private const long PilotBytes = 1_000_000_000;

    private readonly TrainingWorld world = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TenantId Tenant => TrainingWorld.Tenant;

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Of_processes_that_race_for_training_clients_as_many_get_one_as_the_plan_has()
    {
        await HasPlanAsync("pilot");
        var processes = Enumerable.Range(0, 4).Select(_ => world.Open()).ToArray();
        var made = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(i => CreateAsync(processes[i % processes.Length]))
        );
        Assert.Equal(PilotClients, made.Count(one => one.Client is not null));
        Assert.All(made.Where(one => one.Client is null), one => Assert.Equal(PilotClients, one.Charge.Limit));
        Assert.Equal(PilotClients, await UsedAsync(Quota.TrainingClients));
    }

    [Fact]
    public async Task A_client_that_is_terminated_twice_makes_room_once()
    {
        await HasPlanAsync("pilot");
        var stores = world.Open();
        var first = (await CreateAsync(stores)).Client!;
        await CreateAsync(stores);
        for (var i = 0; i < 2; i++)
        {
            await stores.Clients.TerminateAsync(Tenant, first.Id, TrainingWorld.Request(), Cancel);
        }

        Assert.NotNull((await CreateAsync(stores)).Client);
        Assert.Null((await CreateAsync(stores)).Client);
    }

    [Fact]
    public async Task Clients_of_a_version_that_did_not_count_are_counted()
    {
        var stores = world.Open();
        var old = new List<TrainingClient>();
        for (var i = 0; i < 3; i++)
        {
            old.Add((await CreateAsync(stores)).Client!);
        }

        await ForgetAsync(Quota.TrainingClients);
        await stores.Clients.TerminateAsync(Tenant, old[0].Id, TrainingWorld.Request(), Cancel);
        await HasPlanAsync("pilot");
        var (refused, charge) = await CreateAsync(stores);
        Assert.Null(refused);
        Assert.Equal(2, charge.Used);
    }

    [Fact]
    public async Task An_artifact_that_does_not_fit_ends_nothing_and_one_that_does_is_counted_once()
    {
        await HasPlanAsync("pilot");
        var stores = world.Open();
        var client = (await CreateAsync(stores)).Client!;
        await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.SaveState));
        var lease = (await stores.ClaimAsync(client.Id))!;
        var begun = (await lease.BeginAsync((await lease.NextAsync(Cancel))!, Cancel))!;
        using var payloads = await Payloads.OpenAsync(stores.Keys, stores.Blobs, Tenant, lease.Client, Cancel);

        var full = await Assert.ThrowsAsync<PlanUsedUpException>(() =>
            lease.CompleteAsync(begun, payloads, Saved(PilotBytes + 1), Cancel)
        );
        Assert.Equal((0, PilotBytes), (full.Charge.Used, full.Charge.Limit));
        Assert.False((await stores.ViewAsync(begun.FutureId)).Operation.HasEnded);
        Assert.Equal(0, await UsedAsync(Quota.ArtifactBytes));

        await lease.CompleteAsync(begun, payloads, Saved(PilotBytes), Cancel);
        Assert.Equal(PilotBytes, await UsedAsync(Quota.ArtifactBytes));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            lease.CompleteAsync(begun, payloads, Saved(1), Cancel)
        );
        Assert.Equal(PilotBytes, await UsedAsync(Quota.ArtifactBytes));
    }

    [Fact]
    public async Task A_record_with_a_plan_that_this_version_lacks_lets_nothing_in()
    {
        await HasPlanAsync("platinum");
        await Assert.ThrowsAsync<InvalidDataException>(() => CreateAsync(world.Open()));
    }

    [Theory]
    [InlineData("pilot", 3L, 1L)]
    [InlineData("starter", 10L, 10L)]
    [InlineData("growth", null, 100L)]
    [InlineData("enterprise", null, 1000L)]
    [InlineData("local", null, null)]
    public void The_plans_are_those_of_the_page(string name, long? attestations, long? gigabytes)
    {
        var plan = ServicePlan.Find(name)!;
        Assert.Equal((attestations, gigabytes * 1_000_000_000), (plan.AttestationsPerMonth, plan.ArtifactBytes));
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "operations.md"));
        var month = attestations?.ToString() ?? "any number";
        var storage = gigabytes is null ? "any size" : $"{gigabytes:N0} GB";
        Assert.Contains(
            $"| `{name}` | {month} | {plan.Clients} | {plan.Pending:N0} | {storage} | {plan.RequestsPerMinute:N0} | {plan.Burst:N0} |",
            page,
            StringComparison.Ordinal
        );
    }

    private static Completion Saved(long bytes) => new("{}"u8.ToArray(), 0, ArtifactBytes: bytes);

    private static Task<(TrainingClient? Client, Charge Charge)> CreateAsync(Stores stores) =>
        stores.Clients.CreateAsync(Tenant, TrainingWorld.Config(), TrainingWorld.Request(), Cancel);

    private async Task<long> UsedAsync(Quota quota) =>
        (
            await new Usage(world.Platform.Items, world.Clock).ChargeAsync(Tenant, quota, 0, cancellationToken: Cancel)
        ).Used;

    private async Task HasPlanAsync(string plan)
    {
        var tenant = new Tenant(Tenant.Value, "test", world.Clock.GetUtcNow(), plan);
        var document = JsonSerializer.Serialize(tenant, RecordsJson.Default.Tenant);
        var place = new ItemKey(TenantId.Service, "TENANTS", Tenant.Value);
        await world.Platform.Items.WriteAsync(ItemWrite.Put(place, document), Cancel);
    }

    private Task<bool> ForgetAsync(Quota quota) =>
        world.Platform.Items.WriteAsync(
            new ItemWrite(new ItemKey(Tenant, "USAGE", quota.ToString()), null, WriteCondition.None),
            Cancel
        );
}
