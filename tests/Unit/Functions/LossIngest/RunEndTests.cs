using System.Collections.Concurrent;
using Lace.Evidence.LossLog;
using Lace.Functions.LossIngest;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.LossIngest;
using Lace.Records.Notary;
using Lace.Records.TransparencyLog;

namespace Lace.Tests.Functions.LossIngest;

/// <summary>The statement of a run's end is in the transaction that ends it, or there is neither.</summary>
public sealed class RunEndTests : IDisposable
{
    private readonly IngestWorld world = new();

    public void Dispose() => world.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_later_of_closing_and_finishing_states_the_end_once(bool closeFirst)
    {
        var (run, script) = await world.NewRunAsync();
        IngestWorld.Fill(script, 3).Segment(new FinishItem(0, 30, 0));
        if (closeFirst)
        {
            await CloseAsync(run);
            Assert.Null(await EndAsync(run));
        }

        await world.SendAsync(script.Bodies);
        await world.DrainAsync();
        Assert.Equal(closeFirst, await EndAsync(run) is not null);
        await CloseAsync(run);
        await world.SendAsync(script.Bodies);
        await world.DrainAsync();
        var ends = await world.Statements.NewestAsync(IngestWorld.Tenant, run.RunId, StatementKinds.RunEnd, 10);
        Assert.Equal("00000004", Assert.Single(ends).Which);
        Assert.Equal(2, await world.Log.RunBatchAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_death_around_any_write_leaves_effect_statement_and_promises_or_none_of_them(bool afterTheWrite)
    {
        for (var at = 0; at < 3; at++)
        {
            var (run, script) = await world.NewRunAsync();
            await CloseAsync(run);
            script.Segment(new FinishItem(0, 0, 0));
            await world.SendAsync(script.Bodies);
            var dying = new DyingStores(world.Items, world.Blobs, at, afterTheWrite);
            var died = await DiesAsync(() => world.Consumer(dying, dying).HandleBatchAsync(default));
            var finished = (await world.StateAsync(run)).Status == "finished";
            Assert.Equal(finished, await EndAsync(run) is not null);
            Assert.Equal(finished ? 2 : 0, (await PendingAsync()).Count);
            if (died)
            {
                world.LetVisibilityPass();
                await world.DrainAsync();
            }

            Assert.NotNull(await EndAsync(run));
            Assert.Equal(2, await world.Log.RunBatchAsync());
        }
    }

    [Fact]
    public async Task An_end_waits_until_the_log_shows_the_start()
    {
        var (run, script) = await world.NewUnloggedRunAsync();
        script.Segment(new FinishItem(0, 0, 0));
        await world.SendAsync(script.Bodies);
        await world.DrainAsync();
        await Assert.ThrowsAsync<StorageException>(() => CloseAsync(run));
        Assert.Null(await EndAsync(run));
        Assert.Equal(2, (await PendingAsync()).Count);
        await world.Log.RunBatchAsync();
        await CloseAsync(run);
        Assert.NotNull(await EndAsync(run));
    }

    [Fact]
    public async Task While_the_log_is_behind_one_end_is_waited_for_and_the_others_come_again()
    {
        for (var i = 0; i < 2; i++)
        {
            var (run, script) = await world.NewUnloggedRunAsync();
            await CloseAsync(run);
            script.Segment(new FinishItem(0, 0, 0));
            await world.SendAsync(script.Bodies);
        }

        var looks = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var watched = new WatchedReads(
            world.Items,
            key =>
            {
                if (
                    key.Partition == world.LogPlace.Partition
                    && key.Sort.StartsWith(LogPlace.LeafPrefix, StringComparison.Ordinal)
                )
                {
                    looks.AddOrUpdate(key.Sort, 1, (_, times) => times + 1);
                }

                return Task.CompletedTask;
            }
        );
        await world.Consumer(watched).HandleBatchAsync(default);
        Assert.Equal(4, looks.Count);
        Assert.Equal(2, looks.Values.Count(times => times == 1));
        await world.Log.RunBatchAsync();
        world.LetVisibilityPass();
        await world.DrainAsync();
        Assert.Equal(4, await world.Log.RunBatchAsync());
    }

    [Fact]
    public async Task A_failing_transaction_leaves_no_statement_and_no_promise()
    {
        var (run, script) = await world.NewRunAsync();
        await CloseAsync(run);
        script.Segment(new FinishItem(0, 0, 0));
        await world.SendAsync(script.Bodies);
        await world.Consumer(new FailingItemStore(world.Items, run.RunId)).HandleBatchAsync(default);
        Assert.Null(await EndAsync(run));
        Assert.Empty(await PendingAsync());
    }

    private Task CloseAsync(StoredRun run) =>
        world.Runs.CloseAsync(IngestWorld.Tenant, run, AuditedRequest.WithoutBody(default), default);

    private Task<StoredStatement?> EndAsync(StoredRun run) =>
        world.Statements.NewestAsync(IngestWorld.Tenant, run.RunId, StatementKinds.RunEnd);

    private async Task<IReadOnlyList<Item>> PendingAsync()
    {
        var place = world.LogPlace;
        return (
            await world.Items.QueryAsync(new ItemQuery(TenantId.Service, place.Partition, LogPlace.PendingPrefix))
        ).Items;
    }

    private static async Task<bool> DiesAsync(Func<Task> work)
    {
        try
        {
            await work();
            return false;
        }
        catch (ProcessDied)
        {
            return true;
        }
    }
}
