using Lace.Functions.Plans;
using Lace.Platform;
using Lace.Tests.Functions.TransparencyLog;

namespace Lace.Tests.Functions.Plans;

/// <summary>Several processes on one store.</summary>
public sealed class SharedMinuteTests
{
    private const int Limit = 1000;

    private static readonly TenantId Tenant = new("one");
    private static readonly SharedLimit Requests = new("MINUTE", Limit);

    private readonly ManualClock clock = new();
    private readonly MemoryStores store = new();
    private int writes;

    public SharedMinuteTests() => store.ItemWritten = (_, _) => Interlocked.Increment(ref writes);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(30)]
    public async Task Processes_together_admit_no_more_than_the_limit_and_a_hundredth_each_and_write_fifty_times(
        int processes
    )
    {
        var minutes = Enumerable.Range(0, processes).Select(_ => new SharedMinute(store, clock)).ToArray();
        var admitted = 0;
        await Parallel.ForAsync(
            0,
            4 * Limit,
            Cancel,
            async (i, cancel) =>
            {
                if (await minutes[i % processes].TakeAsync(Tenant, Requests, 1, cancel))
                {
                    Interlocked.Increment(ref admitted);
                }
            }
        );
        Assert.Equal(Limit + (processes * Limit / 100), admitted);
        Assert.Equal(50, writes);
    }

    [Theory]
    [InlineData(7, 3)]
    [InlineData(150, 4)]
    [InlineData(999, 2)]
    public async Task Amounts_larger_than_a_slice_are_admitted_up_to_the_limit(int amount, int processes)
    {
        var minutes = Enumerable.Range(0, processes).Select(_ => new SharedMinute(store, clock)).ToArray();
        var admitted = 0;
        for (var i = 0; i < 4 * Limit / amount; i++)
        {
            admitted += await minutes[i % processes].TakeAsync(Tenant, Requests, amount, Cancel) ? amount : 0;
        }

        // What is too little for one more stays with the process that took it.
        Assert.InRange(admitted, Math.Max(amount, Limit - (processes * amount)), Limit + (processes * Limit / 100));
    }

    [Fact]
    public async Task Counters_of_different_names_do_not_share()
    {
        var minute = new SharedMinute(store, clock);
        Assert.True(await minute.TakeAsync(Tenant, Requests, Limit, Cancel));
        Assert.False(await minute.TakeAsync(Tenant, Requests, 100, Cancel));
        Assert.True(await minute.TakeAsync(Tenant, new SharedLimit("OTHER", Limit), Limit, Cancel));
    }

    [Fact]
    public async Task Who_asks_little_causes_no_write()
    {
        var minute = new SharedMinute(store, clock);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await minute.TakeAsync(Tenant, Requests, 1, Cancel));
        }

        Assert.Equal(0, writes);
    }

    [Fact]
    public async Task A_used_up_minute_ends_and_is_not_asked_for_again_before()
    {
        var minute = new SharedMinute(store, clock);
        while (await minute.TakeAsync(Tenant, Requests, 1, Cancel)) { }

        var before = writes;
        store.Around = (_, _) => throw new InvalidOperationException("The store was asked.");
        Assert.False(await minute.TakeAsync(Tenant, Requests, 1, Cancel));
        Assert.InRange(minute.SecondsLeft, 1, 60);
        store.Around = (_, effect) => effect();
        Assert.Equal(before, writes);
        clock.Advance(TimeSpan.FromSeconds(minute.SecondsLeft));
        Assert.True(await minute.TakeAsync(Tenant, Requests, 1, Cancel));
        Assert.True(await new SharedMinute(store, clock).TakeAsync(new TenantId("other"), Requests, 1, Cancel));
    }

    [Fact]
    public async Task A_clock_that_is_behind_does_not_begin_the_minute_anew()
    {
        var ahead = new ManualClock();
        ahead.Advance(TimeSpan.FromMinutes(1));
        var first = new SharedMinute(store, ahead);
        while (await first.TakeAsync(Tenant, Requests, 1, Cancel)) { }

        var behind = new SharedMinute(store, clock);
        var admitted = 0;
        while (await behind.TakeAsync(Tenant, Requests, 1, Cancel))
        {
            admitted++;
        }

        Assert.Equal(Limit / 100, admitted);
    }

    [Fact]
    public async Task A_store_that_fails_admits_nobody_beyond_the_first_hundredth()
    {
        var minute = new SharedMinute(store, clock);
        store.Around = (_, _) => throw new StorageException("The disk is gone.");
        for (var i = 0; i < Limit / 100; i++)
        {
            Assert.True(await minute.TakeAsync(Tenant, Requests, 1, Cancel));
        }

        await Assert.ThrowsAsync<StorageException>(async () => await minute.TakeAsync(Tenant, Requests, 1, Cancel));
    }
}
