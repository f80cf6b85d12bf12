using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Tests.Functions.TransparencyLog;

public sealed class SequencerTests
{
    private readonly LogWorld world = new();

    [Fact]
    public async Task Takes_what_was_promised_into_the_tree()
    {
        var sequencer = world.Sequencer();
        await world.PromiseAsync("a", "b", "c");
        Assert.Equal(3, await sequencer.RunBatchAsync());
        await world.PromiseAsync(Enumerable.Range(0, 600).Select(i => $"entry {i}"));
        Assert.Equal(600, await sequencer.RunBatchAsync());
        Assert.Equal([0, 3, 603], world.Shown.Select(checkpoint => checkpoint.Size));
        await world.AssertWholeAsync();
    }

    [Fact]
    public async Task An_idle_log_writes_nothing()
    {
        var sequencer = world.Sequencer();
        await world.PromiseAsync("a");
        await sequencer.RunBatchAsync();
        var calls = new List<string>();
        world.Stores.Around = (what, effect) =>
        {
            calls.Add(what);
            return effect();
        };
        Assert.Equal(0, await sequencer.RunBatchAsync());
        Assert.Equal(0, await world.Sequencer().RunBatchAsync());
        Assert.NotEmpty(calls);
        Assert.DoesNotContain(calls, call => call.Split(' ')[0] is "put" or "replace" or "transact" or "delete");
    }

    [Fact]
    public async Task The_same_bytes_promised_again_keep_their_index()
    {
        var sequencer = world.Sequencer();
        await world.PromiseAsync("a", "b");
        await world.PromiseAsync("a");
        Assert.Equal(2, await sequencer.RunBatchAsync());
        var index = await world.Index.FindAsync(Hash("a"));
        await world.PromiseAsync("a");
        Assert.Equal(0, await sequencer.RunBatchAsync());
        await world.PromiseAsync("a", "c");
        Assert.Equal(1, await sequencer.RunBatchAsync());
        Assert.Equal(index, await world.Index.FindAsync(Hash("a")));
        await world.AssertWholeAsync();
    }

    [Fact]
    public async Task Works_off_more_than_one_batch_holds_and_skips_what_is_no_promise()
    {
        var place = new LogPlace(LogWorld.Keys.Origin);
        foreach (
            var (name, document) in new[] { ("0bad", "not JSON"), ("1bad", "{}"), ("2bad", """{"body":"YQ=="}""") }
        )
        {
            var key = new ItemKey(TenantId.Service, place.Partition, LogPlace.PendingPrefix + name);
            await world.Stores.WriteAsync(ItemWrite.Put(key, document));
        }

        await world.PromiseAsync(Enumerable.Range(0, Promises.MaxEntries + 500).Select(i => $"entry {i}"));
        var sequencer = world.Sequencer();
        Assert.Equal(Promises.MaxEntries, await sequencer.RunBatchAsync());
        await world.PromiseAsync("one more");
        var rest = await sequencer.RunBatchAsync();
        rest += await sequencer.RunBatchAsync();
        Assert.Equal(501, rest);
        Assert.Equal(0, await sequencer.RunBatchAsync());
        Assert.Equal(Promises.MaxEntries + 501, world.Shown[^1].Size);
        Assert.NotNull(await world.Index.FindAsync(Hash("one more")));
    }

    [Fact]
    public async Task Time_does_not_go_back_and_a_clock_far_behind_stops_the_log()
    {
        var sequencer = world.Sequencer();
        await world.PromiseAsync("a");
        await sequencer.RunBatchAsync();
        var first = await SignedAtAsync();
        world.Clock.Advance(TimeSpan.FromSeconds(-30));
        await world.PromiseAsync("b");
        await sequencer.RunBatchAsync();
        Assert.Equal(first, await SignedAtAsync());
        world.Clock.Advance(TimeSpan.FromMinutes(-10));
        await world.PromiseAsync("c");
        await Assert.ThrowsAsync<LogStoppedException>(() => sequencer.RunBatchAsync());
        world.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(1, await sequencer.RunBatchAsync());
        Assert.True(await SignedAtAsync() > first);
        await world.AssertWholeAsync();
    }

    [Fact]
    public async Task A_rolled_back_lock_stops_the_log()
    {
        await world.PromiseAsync("a");
        await world.Sequencer().RunBatchAsync();
        var earlier = world.Stores.Blobs[LogWorld.PathOf(LogPlace.Lock)];
        await world.PromiseAsync("b");
        await world.Sequencer().RunBatchAsync();
        world.Stores.Tamper(LogWorld.PathOf(LogPlace.Lock), earlier);
        await StopsAsync("older copy");
        world.Stores.Tamper(LogWorld.PathOf(LogPlace.Lock), null);
        await StopsAsync("is gone");
    }

    [Fact]
    public async Task A_lock_with_another_tree_of_the_same_size_stops_the_log()
    {
        var other = new LogWorld();
        await other.PromiseAsync("x");
        await other.Sequencer().RunBatchAsync();
        await world.PromiseAsync("a");
        await world.Sequencer().RunBatchAsync();
        world.Stores.Tamper(LogWorld.PathOf(LogPlace.Lock), other.Stores.Blobs[LogWorld.PathOf(LogPlace.Lock)]);
        await StopsAsync("two trees of 1 entries");
    }

    [Theory]
    [InlineData("lock/checkpoint", "not signed by the keys")]
    [InlineData("checkpoint", "not signed by the keys")]
    [InlineData("tile/0/000.p/2", "do not give the head")]
    [InlineData("tile/entries/000.p/2", "do not give the head")]
    public async Task A_changed_file_stops_the_log(string path, string message)
    {
        await world.PromiseAsync("a", "b");
        await world.Sequencer().RunBatchAsync();
        var content = world.Stores.Blobs[LogWorld.PathOf(path)].ToArray();
        content[content.Length / 2] ^= 1;
        world.Stores.Tamper(LogWorld.PathOf(path), content);
        await world.PromiseAsync("c");
        var before = world.Stores.Blobs;
        await StopsAsync(message);
        Assert.Equal(before, world.Stores.Blobs);
    }

    [Fact]
    public async Task A_tile_with_other_bytes_is_never_changed()
    {
        var sequencer = world.Sequencer();
        await world.PromiseAsync("a");
        await sequencer.RunBatchAsync();
        var place = LogWorld.PathOf("tile/0/000.p/2");
        world.Stores.Tamper(place, [1, 2, 3]);
        await world.PromiseAsync("b");
        var alarm = await Assert.ThrowsAsync<LogStoppedException>(() => sequencer.RunBatchAsync());
        Assert.Contains("never changed", alarm.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], world.Stores.Blobs[place]);
        Assert.Equal(1, world.Shown[^1].Size);

        // A person removes it: the batch is repeated from its stage.
        world.Stores.Tamper(place, null);
        Assert.Equal(0, await sequencer.RunBatchAsync());
        await world.AssertWholeAsync();
    }

    [Theory]
    [InlineData(true, "is gone: restore it")]
    [InlineData(false, "is damaged")]
    public async Task A_lost_stage_of_an_unpublished_batch_stops_the_log(bool lost, string message)
    {
        await world.PromiseAsync("a");
        await world.Sequencer().RunBatchAsync();
        world.Stores.Around = (what, effect) =>
            what.StartsWith("put", StringComparison.Ordinal) && what.Contains("/tile/", StringComparison.Ordinal)
                ? throw new StorageException("no more")
                : effect();
        await world.PromiseAsync("b");
        await Assert.ThrowsAsync<StorageException>(() => world.Sequencer().RunBatchAsync());
        world.Stores.Around = (_, effect) => effect();
        var stage = world.Stores.Blobs.Single(blob => blob.Key.Contains("/staging/", StringComparison.Ordinal));
        var content = stage.Value.ToArray();
        content[40] ^= 1;
        world.Stores.Tamper(stage.Key, lost ? null : content);
        await StopsAsync(message);
        world.Stores.Tamper(stage.Key, stage.Value);
        Assert.Equal(0, await world.Sequencer().RunBatchAsync());
        await world.AssertWholeAsync();
    }

    [Fact]
    public void A_promise_has_1_to_65535_bytes()
    {
        var pending = new PendingEntries(new LogPlace(LogWorld.Keys.Origin));
        Assert.Throws<ArgumentOutOfRangeException>(() => pending.Promise(Array.Empty<byte>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => pending.Promise(new byte[65_536]));
        var largest = pending.Promise(new byte[65_535]);
        Assert.Equal(MerkleTree.HashLeaf(new byte[65_535]).ToString(), largest.Key.Sort["PENDING#".Length..]);
        Assert.InRange(largest.Document!.Length, 1, 256 * 1024);
    }

    [Fact]
    public void A_stage_reads_what_it_wrote_and_nothing_else()
    {
        var writer = new TileWriter();
        for (var i = 0; i < 300; i++)
        {
            writer.Append(Encoding.UTF8.GetBytes($"entry {i}"));
        }

        var stage = Stage.Of(0, writer);
        var bytes = stage.ToBytes();
        var read = Stage.Parse(bytes);
        Assert.NotNull(read);
        Assert.Equal((0, 300), (read.From, read.Size));
        Assert.True(read.Covers(stage) && stage.Covers(read));
        Assert.Equal(300, read.Leaves().Count());
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (Hash($"entry {i}"), (long)i)), read.Leaves());
        Assert.Null(Stage.Parse(ReadOnlyMemory<byte>.Empty));
        for (var length = 0; length < bytes.Length; length += 37)
        {
            Assert.Null(Stage.Parse(bytes.AsMemory(0, length)));
        }

        for (var i = 0; i < bytes.Length; i += 11)
        {
            bytes[i] ^= 1;
            Assert.Null(Stage.Parse(bytes));
            bytes[i] ^= 1;
        }
    }

    [Fact]
    public async Task A_waiter_wakes_the_sequencer_and_is_told_the_indices()
    {
        await world.PromiseAsync("a", "b");
        var waiting = world.Index.WaitAsync([Hash("a"), Hash("b")], TimeSpan.FromMinutes(1));
        await world.Signal.WorkAsync(TimeSpan.FromMinutes(1), default);
        await world.Sequencer().RunBatchAsync();
        var indices = await waiting;
        Assert.NotNull(indices);
        Assert.Equal([0, 1], indices.Values.Order());
        Assert.Null(await world.Index.WaitAsync([Hash("never")], TimeSpan.Zero));
    }

    private static MerkleHash Hash(string body) => MerkleTree.HashLeaf(Encoding.UTF8.GetBytes(body));

    private async Task<DateTimeOffset> SignedAtAsync() =>
        LogWorld.Keys.Verify((await world.Reader.CheckpointAsync())!.Value)!.At;

    private async Task StopsAsync(string message)
    {
        var alarm = await Assert.ThrowsAsync<LogStoppedException>(() => world.Sequencer().RunBatchAsync());
        Assert.Contains(message, alarm.Message, StringComparison.Ordinal);
    }
}
