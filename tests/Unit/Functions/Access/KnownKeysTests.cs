using Lace.Functions.Access;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Lace.Tests.Functions.TransparencyLog;

namespace Lace.Tests.Functions.Access;

/// <summary>What a process remembers of keys, and for how long.</summary>
public sealed class KnownKeysTests
{
    private readonly ManualClock clock = new();
    private readonly MemoryStores store = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_another_process_revoked_opens_nothing_after_a_minute()
    {
        var here = new Installation(store, clock, KeyMemory.OfNetwork);
        var elsewhere = new Installation(store, clock, KeyMemory.OfNetwork);
        var (tenant, key, stored) = await elsewhere.NewKeyAsync();
        Assert.True(await here.OpensAsync(key));
        await elsewhere.Keys.RevokeAsync(stored.Id, cancellationToken: Cancel);
        Assert.True(KeyMemory.OfNetwork.Lifetime <= KeyMemory.Longest);
        clock.Advance(KeyMemory.Longest);
        Assert.False(await here.OpensAsync(key));
        Assert.NotNull(tenant);
    }

    [Fact]
    public async Task A_suspension_holds_after_a_minute_and_so_does_its_end()
    {
        var here = new Installation(store, clock, KeyMemory.OfNetwork);
        var (tenant, key, _) = await here.NewKeyAsync();
        Assert.True(await here.OpensAsync(key));
        await here.SuspendAsync(tenant, clock.GetUtcNow());
        clock.Advance(KeyMemory.Longest);
        Assert.Equal("tenant_suspended", await here.RefusalAsync(key));
        await here.SuspendAsync(tenant, null);
        clock.Advance(KeyMemory.Longest);
        Assert.True(await here.OpensAsync(key));
    }

    [Fact]
    public async Task A_remembered_key_expires_at_its_time()
    {
        var here = new Installation(store, clock, KeyMemory.OfNetwork);
        var (_, key, _) = await here.NewKeyAsync(expiresAt: clock.GetUtcNow().AddSeconds(10));
        Assert.True(await here.OpensAsync(key));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("key_expired", await here.RefusalAsync(key));
    }

    [Fact]
    public async Task A_remembered_key_costs_no_reading_and_one_that_is_not_there_is_not_remembered()
    {
        var here = new Installation(store, clock, KeyMemory.OfNetwork);
        var unknown = ApiKey.Create();
        Assert.False(await here.OpensAsync(unknown));
        var (_, key, _) = await here.NewKeyAsync();
        Assert.True(await here.OpensAsync(key));
        store.Around = (_, _) => throw new StorageException("The store was asked.");
        Assert.True(await here.OpensAsync(key));
        await Assert.ThrowsAsync<StorageException>(() => here.OpensAsync(unknown));
        clock.Advance(KeyMemory.OfNetwork.Lifetime);
        await Assert.ThrowsAsync<StorageException>(() => here.OpensAsync(key));
    }

    [Fact]
    public async Task Without_memory_a_revocation_holds_at_once()
    {
        var here = new Installation(store, clock, KeyMemory.None);
        var (_, key, stored) = await here.NewKeyAsync();
        Assert.True(await here.OpensAsync(key));
        await here.Keys.RevokeAsync(stored.Id, cancellationToken: Cancel);
        Assert.Equal("key_revoked", await here.RefusalAsync(key));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_nothing_be_believed_longer()
    {
        var here = new Installation(store, clock, KeyMemory.OfNetwork);
        var (_, key, stored) = await here.NewKeyAsync();
        Assert.True(await here.OpensAsync(key));
        await here.Keys.RevokeAsync(stored.Id, cancellationToken: Cancel);
        clock.Advance(TimeSpan.FromHours(-1));
        Assert.False(await here.OpensAsync(key));
    }

    [Fact]
    public async Task A_use_is_noted_once_a_day()
    {
        var here = new Installation(store, clock, KeyMemory.None);
        var (_, key, stored) = await here.NewKeyAsync();
        Assert.Null(await here.Keys.LastUsedAsync(stored.Id, Cancel));
        var writes = 0;
        store.ItemWritten = (_, _) => writes++;
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await here.OpensAsync(key));
        }

        Assert.Equal(1, writes);
        Assert.Equal("2026-11-20", await here.Keys.LastUsedAsync(stored.Id, Cancel));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.True(await here.OpensAsync(key));
        Assert.Equal("2026-11-21", await here.Keys.LastUsedAsync(stored.Id, Cancel));
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("everything")]
    [InlineData("attest", "operator")]
    [InlineData]
    public async Task No_tenants_key_has_an_operators_scope_or_an_unknown_one_or_none(params string[] scopes)
    {
        var here = new Installation(store, clock, KeyMemory.None);
        var tenant = await here.NewTenantAsync();
        await Assert.ThrowsAsync<ArgumentException>(() =>
            here.Keys.CreateAsync(new TenantId(tenant.Id), "x", scopes, cancellationToken: Cancel)
        );
    }

    [Fact]
    public async Task No_operators_key_has_a_tenants_scope()
    {
        var here = new Installation(store, clock, KeyMemory.None);
        await Assert.ThrowsAsync<ArgumentException>(() =>
            here.Keys.CreateAsync(Tenants.Operator, "x", [Scope.Operator, Scope.Attest], cancellationToken: Cancel)
        );
    }

    /// <summary>One process on the store.</summary>
    private sealed class Installation
    {
        private readonly Gate gate;
        private readonly Tenants tenants;
        private readonly TimeProvider clock;

        public Installation(MemoryStores store, TimeProvider clock, KeyMemory memory)
        {
            this.clock = clock;
            var audit = new AuditTrail(store, clock);
            Keys = new ApiKeys(store, audit, clock);
            tenants = new Tenants(store, audit, clock);
            gate = new Gate(new KnownKeys(Keys, tenants, memory, clock), clock);
        }

        public ApiKeys Keys { get; }

        public Task<Tenant> NewTenantAsync() => tenants.CreateAsync("test", ServicePlan.Local, Request(), Cancel);

        public async Task<(Tenant Tenant, ApiKey Key, StoredApiKey Stored)> NewKeyAsync(
            DateTimeOffset? expiresAt = null
        )
        {
            var tenant = await NewTenantAsync();
            var (key, stored) = await Keys.CreateAsync(
                new TenantId(tenant.Id),
                "test",
                [Scope.Attest],
                expiresAt,
                cancellationToken: Cancel
            );
            return (tenant, key, stored);
        }

        public Task<Tenant?> SuspendAsync(Tenant tenant, DateTimeOffset? at) =>
            tenants.ChangeAsync(
                tenant.Id,
                Lace.Evidence.Audit.AuditOperation.TenantSuspend,
                Request(),
                one => one with { SuspendedAt = at },
                Cancel
            );

        public async Task<bool> OpensAsync(ApiKey key) => await RefusalAsync(key) is null;

        public async Task<string?> RefusalAsync(ApiKey key) =>
            (await gate.OpenAsync(name => name == Gate.HeaderName ? key.Reveal() : "", Cancel)).Refusal?.Code;

        private AuditedRequest Request() => AuditedRequest.WithoutBody(clock.GetUtcNow());
    }
}
