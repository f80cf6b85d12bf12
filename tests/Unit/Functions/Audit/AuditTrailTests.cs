using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Lace.Tests.Functions.LossIngest;
using Lace.Tests.Platform;

namespace Lace.Tests.Functions.Audit;

public sealed class AuditTrailTests : IDisposable
{
    private static readonly TenantId First = new("tenant-first");
    private static readonly TenantId Second = new("tenant-second");

    private readonly ManualClock clock = new();
    private readonly PlatformFolder folder = new();
    private readonly EmbeddedPlatform platform;
    private readonly AuditTrail trail;

    public AuditTrailTests()
    {
        platform = folder.Open();
        trail = new AuditTrail(platform.Items, clock);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Effect_and_entry_are_there_together()
    {
        Assert.True(await AddAsync(trail, First, "a"));
        Assert.Equal(["a"], await ObjectsAsync(First));
        Assert.NotNull(await platform.Items.GetAsync(Effect(First, "a"), Cancel));
    }

    [Fact]
    public async Task What_its_own_condition_refuses_leaves_no_entry()
    {
        await AddAsync(trail, First, "a");
        Assert.False(await AddAsync(trail, First, "a"));
        Assert.Equal(["a"], await ObjectsAsync(First));
    }

    [Fact]
    public async Task Two_tenants_have_two_chains()
    {
        for (var i = 0; i < 20; i++)
        {
            await AddAsync(trail, i % 2 == 0 ? First : Second, $"o{i}");
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"o{2 * i}"), await ObjectsAsync(First));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"o{(2 * i) + 1}"), await ObjectsAsync(Second));
        Assert.NotEqual((await VerifyAsync(First)).Chain, (await VerifyAsync(Second)).Chain);
    }

    /// <summary>Trails of their own share nothing but the store, as processes do.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Ten_writers_at_once_make_one_chain(int trails)
    {
        var all = Enumerable.Range(0, trails).Select(_ => new AuditTrail(platform.Items, clock)).ToArray();
        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(writer =>
                    Task.Run(
                        async () =>
                        {
                            for (var i = 0; i < 10; i++)
                            {
                                Assert.True(await AddAsync(all[writer % trails], First, $"w{writer}-{i}"));
                            }
                        },
                        Cancel
                    )
                )
        );
        var objects = await ObjectsAsync(First);
        Assert.Equal((100, 100), (objects.Count, objects.Distinct().Count()));
    }

    /// <summary>The one write of an operation, killed before and after: in the embedded store, where it is one transaction.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task A_process_that_dies_leaves_both_or_neither(bool afterTheWrite, int entries)
    {
        await AddAsync(trail, First, "before");
        var dying = new AuditTrail(new DyingStores(platform.Items, platform.Blobs, 0, afterTheWrite), clock);
        await Assert.ThrowsAsync<ProcessDied>(() => AddAsync(dying, First, "killed"));
        Assert.Equal(entries, (await VerifyAsync(First)).Entries);
        Assert.Equal(entries == 2, await platform.Items.GetAsync(Effect(First, "killed"), Cancel) is not null);
        Assert.Equal(entries == 1, await AddAsync(trail, First, "killed"));
        Assert.Equal(["before", "killed"], await ObjectsAsync(First));
    }

    [Fact]
    public async Task A_clock_that_was_set_back_does_not_turn_the_chain()
    {
        clock.Advance(TimeSpan.FromHours(1));
        await AddAsync(trail, First, "a");
        clock.Advance(TimeSpan.FromHours(-1));
        await AddAsync(trail, First, "b");
        Assert.Equal((2, true), ((await VerifyAsync(First)).Entries, (await VerifyAsync(First)).Holds));
    }

    [Fact]
    public async Task Entries_behind_the_head_stop_the_chain_instead_of_being_written_over()
    {
        await AddAsync(trail, First, "a");
        var head = await platform.Items.GetAsync(new ItemKey(First, "AUDIT", "HEAD"), Cancel);
        await platform.Items.WriteAsync(ItemWrite.Delete(head!), Cancel);
        await Assert.ThrowsAsync<InvalidDataException>(() => AddAsync(trail, First, "b"));
    }

    [Fact]
    public async Task Another_process_may_append_while_a_refused_operation_looks_whether_the_chain_is_whole()
    {
        await AddAsync(trail, First, "a");
        var acted = false;
        var watched = new WatchedReads(
            platform.Items,
            async key =>
            {
                if (!acted && key.Sort.StartsWith("ENTRY#", StringComparison.Ordinal))
                {
                    acted = true;
                    await AddAsync(trail, First, "rival");
                }
            }
        );
        Assert.False(await AddAsync(new AuditTrail(watched, clock), First, "a"));
        Assert.Equal(["a", "rival"], await ObjectsAsync(First));
    }

    [Fact]
    public async Task An_accepted_operation_has_no_end_and_an_ended_one_lasts_from_its_request_on()
    {
        var began = clock.GetUtcNow();
        clock.Advance(TimeSpan.FromMilliseconds(1500));
        var operation = Operation("a") with { Request = AuditedRequest.WithoutBody(began) };
        ItemWrite[] none = [ItemWrite.Create(Effect(First, "a"), "{}")];
        Assert.True(await trail.TransactAsync(First, operation, none, Cancel));
        none = [ItemWrite.Create(Effect(First, "b"), "{}")];
        Assert.True(await trail.TransactAsync(First, operation with { Phase = AuditPhase.Accepted }, none, Cancel));
        var entries = await EntriesAsync(First);
        Assert.Equal(1500, entries[0].GetProperty("duration_ms").GetInt64());
        Assert.Equal(JsonValueKind.Null, entries[1].GetProperty("duration_ms").ValueKind);
        Assert.Equal(JsonValueKind.Null, entries[1].GetProperty("completed_at").ValueKind);
        Assert.True((await VerifyAsync(First)).Holds);
    }

    public void Dispose()
    {
        platform.Dispose();
        folder.Dispose();
    }

    private Task<bool> AddAsync(AuditTrail to, TenantId tenant, string id) =>
        to.TransactAsync(tenant, Operation(id), [ItemWrite.Create(Effect(tenant, id), "{}")], Cancel);

    private AuditedOperation Operation(string id) =>
        new(AuditOperation.KeyCreate, id, AuditedRequest.WithoutBody(clock.GetUtcNow()));

    private static ItemKey Effect(TenantId tenant, string id) => new(tenant, "EFFECT", id);

    private Task<AuditVerification> VerifyAsync(TenantId tenant) => AuditFiles.VerifyAsync(platform.Items, tenant);

    private Task<List<JsonElement>> EntriesAsync(TenantId tenant) => AuditFiles.EntriesAsync(platform.Items, tenant);

    /// <summary>What the entries of a chain that holds are about.</summary>
    private async Task<List<string>> ObjectsAsync(TenantId tenant)
    {
        Assert.Equal(AuditFault.None, (await VerifyAsync(tenant)).Fault);
        var head = await trail.HeadAsync(tenant, Cancel);
        var entries = await EntriesAsync(tenant);
        Assert.Equal(entries.Count, head!.Entries);
        return [.. entries.Select(entry => entry.GetProperty("object_id").GetString()!)];
    }
}
