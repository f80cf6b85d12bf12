using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What every <see cref="IItemStore"/> does. Each test has tenants of its own, so that adapters may share a table.</summary>
public abstract partial class ItemStoreContract
{
    private readonly TenantId tenant = Tenants.New();

    protected abstract IItemStore Store { get; }

    [Fact]
    public async Task Gives_back_what_was_written_with_version_one()
    {
        var key = Key("RUN#1", "META");
        Assert.True(await Store.WriteAsync(ItemWrite.Create(key, """{"a":1}""")));
        Assert.Equal(new Item(key, """{"a":1}""", 1), await Store.GetAsync(key));
    }

    [Fact]
    public async Task Knows_no_item_that_was_not_written()
    {
        Assert.Null(await Store.GetAsync(Key("RUN#1", "META")));
        Assert.Empty((await Store.QueryAsync(new ItemQuery(tenant, "RUN#1"))).Items);
    }

    [Fact]
    public async Task Creates_only_what_is_absent()
    {
        var key = Key("p", "s");
        Assert.True(await Store.WriteAsync(ItemWrite.Create(key, "1")));
        Assert.False(await Store.WriteAsync(ItemWrite.Create(key, "2")));
        Assert.Equal("1", (await Store.GetAsync(key))!.Document);
    }

    [Fact]
    public async Task Replaces_only_the_version_that_was_read()
    {
        var key = Key("p", "s");
        await Store.WriteAsync(ItemWrite.Create(key, "1"));
        var read = (await Store.GetAsync(key))!;
        Assert.True(await Store.WriteAsync(ItemWrite.Replace(read, "2")));
        Assert.False(await Store.WriteAsync(ItemWrite.Replace(read, "3")));
        Assert.Equal(new Item(key, "2", 2), await Store.GetAsync(key));
    }

    [Fact]
    public async Task Replaces_nothing_where_nothing_is()
    {
        var key = Key("p", "s");
        Assert.False(await Store.WriteAsync(ItemWrite.Replace(new Item(key, "1", 1), "2")));
        Assert.Null(await Store.GetAsync(key));
    }

    [Fact]
    public async Task Puts_over_anything_and_counts_versions()
    {
        var key = Key("p", "s");
        for (var version = 1; version <= 3; version++)
        {
            Assert.True(await Store.WriteAsync(ItemWrite.Put(key, $"{version}")));
            Assert.Equal(new Item(key, $"{version}", version), await Store.GetAsync(key));
        }
    }

    [Fact]
    public async Task Deletes_only_the_version_that_was_read()
    {
        var key = Key("p", "s");
        await Store.WriteAsync(ItemWrite.Create(key, "1"));
        var old = (await Store.GetAsync(key))!;
        await Store.WriteAsync(ItemWrite.Replace(old, "2"));
        Assert.False(await Store.WriteAsync(ItemWrite.Delete(old)));
        Assert.True(await Store.WriteAsync(ItemWrite.Delete((await Store.GetAsync(key))!)));
        Assert.Null(await Store.GetAsync(key));
        Assert.True(await Store.WriteAsync(new ItemWrite(key, null, WriteCondition.None)));
    }

    [Fact]
    public async Task Transaction_applies_all_writes()
    {
        var old = await Created("p", "old");
        var gone = await Created("p", "gone");
        Assert.True(
            await Store.TransactAsync([
                ItemWrite.Create(Key("p", "new"), "n"),
                ItemWrite.Create(Key("other", "new"), "n"),
                ItemWrite.Replace(old, "o"),
                ItemWrite.Delete(gone),
            ])
        );
        Assert.Equal(["new", "old"], (await All(new ItemQuery(tenant, "p"))).Select(item => item.Key.Sort));
        Assert.NotNull(await Store.GetAsync(Key("other", "new")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Transaction_applies_nothing_if_one_condition_fails(int failing)
    {
        await Created("p", "there");
        List<ItemWrite> writes = [ItemWrite.Create(Key("p", "a"), "1"), ItemWrite.Put(Key("q", "b"), "2")];
        writes.Insert(failing, ItemWrite.Create(Key("p", "there"), "3"));
        Assert.False(await Store.TransactAsync(writes));
        Assert.Equal(["there"], (await All(new ItemQuery(tenant, "p"))).Select(item => item.Key.Sort));
        Assert.Empty(await All(new ItemQuery(tenant, "q")));
    }

    [Fact]
    public async Task Transaction_may_only_check_that_an_item_is_absent()
    {
        var check = new ItemWrite(Key("p", "guard"), null, WriteCondition.Absent);
        Assert.True(await Store.TransactAsync([check, ItemWrite.Create(Key("p", "a"), "1")]));
        await Created("p", "guard");
        Assert.False(await Store.TransactAsync([check, ItemWrite.Create(Key("p", "b"), "1")]));
        Assert.Null(await Store.GetAsync(Key("p", "b")));
    }

    [Fact]
    public async Task Concurrent_compare_and_swap_loses_no_increment()
    {
        const int Tasks = 8;
        const int Increments = 15;
        var key = Key("p", "counter");
        await Store.WriteAsync(ItemWrite.Create(key, "0"));
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(() => Increment(key, Increments))));
        var end = (await Store.GetAsync(key))!;
        Assert.Equal(Tasks * Increments, CounterOf(end));
        Assert.Equal(Tasks * Increments + 1, end.Version);
    }

    [Fact]
    public async Task Concurrent_transactions_keep_the_sum()
    {
        var (a, b) = (Key("p", "a"), Key("q", "b"));
        await Store.TransactAsync([ItemWrite.Create(a, "100"), ItemWrite.Create(b, "100")]);
        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(n => Task.Run(() => Transfer(n % 2 == 0 ? a : b, n % 2 == 0 ? b : a, 10)))
        );
        var (endA, endB) = ((await Store.GetAsync(a))!, (await Store.GetAsync(b))!);
        Assert.Equal(200, CounterOf(endA) + CounterOf(endB));
        Assert.Equal(61, endA.Version);
        Assert.Equal(61, endB.Version);
    }

    [Fact]
    public async Task One_of_many_concurrent_creations_wins()
    {
        var key = Key("p", "s");
        var wins = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(n => Task.Run(() => Store.WriteAsync(ItemWrite.Create(key, $"{n}"))))
        );
        Assert.Equal(1, wins.Count(won => won));
        Assert.Equal($"{Array.IndexOf(wins, true)}", (await Store.GetAsync(key))!.Document);
    }

    [Fact]
    public async Task The_same_key_of_another_tenant_is_another_item()
    {
        var stranger = Tenants.New();
        await Created("p", "s");
        var theirs = new ItemKey(stranger, "p", "s");
        Assert.Null(await Store.GetAsync(theirs));
        Assert.Empty((await Store.QueryAsync(new ItemQuery(stranger, "p"))).Items);
        Assert.True(await Store.WriteAsync(ItemWrite.Create(theirs, "theirs")));
        Assert.False(await Store.WriteAsync(ItemWrite.Replace(new Item(theirs, "", 2), "no")));
        Assert.Equal("s", (await Store.GetAsync(Key("p", "s")))!.Document);
        Assert.Equal("theirs", Assert.Single(await All(new ItemQuery(stranger, "p"))).Document);
    }

    [Fact]
    public async Task Separators_in_keys_make_no_two_keys_equal()
    {
        await Created("a#b", "c");
        Assert.Null(await Store.GetAsync(Key("a", "b#c")));
        Assert.Null(await Store.GetAsync(Key("a#b#c", "c")));
        Assert.Empty((await Store.QueryAsync(new ItemQuery(tenant, "a"))).Items);
    }

    [Fact]
    public async Task Composed_and_decomposed_letters_are_different_keys()
    {
        await Created("p", "\u00e9");
        Assert.Null(await Store.GetAsync(Key("p", "e\u0301")));
    }

    [Fact]
    public async Task A_cancelled_call_writes_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Store.WriteAsync(ItemWrite.Create(Key("p", "s"), "1"), cancelled.Token)
        );
        Assert.Null(await Store.GetAsync(Key("p", "s")));
    }

    /// <summary>Whether a call may end without the store knowing what it did.</summary>
    private protected virtual bool MayLoseAnswers => false;

    private ItemKey Key(string partition, string sort) => new(tenant, partition, sort);

    private async Task<Item> Created(string partition, string sort)
    {
        var write = ItemWrite.Create(Key(partition, sort), sort);
        Assert.True(await Store.WriteAsync(write));
        return new Item(write.Key, sort, 1);
    }

    private Task Increment(ItemKey key, int times) =>
        Repeat(
            times,
            key,
            async change =>
            {
                var item = (await Store.GetAsync(key))!;
                return await Store.WriteAsync(ItemWrite.Replace(item, Changed(item, 1, change)));
            }
        );

    private Task Transfer(ItemKey from, ItemKey to, int times) =>
        Repeat(
            times,
            from,
            async change =>
            {
                var (a, b) = ((await Store.GetAsync(from))!, (await Store.GetAsync(to))!);
                return await Store.TransactAsync([
                    ItemWrite.Replace(a, Changed(a, -1, change)),
                    ItemWrite.Replace(b, Changed(b, 1, change)),
                ]);
            }
        );

    // Until so many changes were made, each once. A store that loses answers says so where others have written since: who then reads the item, as the
    // message says, sees whether his change is in it.
    private async Task Repeat(int times, ItemKey key, Func<string, Task<bool>> write)
    {
        for (var made = 0; made < times; )
        {
            var change = Guid.NewGuid().ToString("N");
            try
            {
                made += await write(change) ? 1 : 0;
            }
            catch (StorageException) when (MayLoseAnswers)
            {
                made += (await Store.GetAsync(key))!.Document.Contains(change, StringComparison.Ordinal) ? 1 : 0;
            }
        }
    }

    // A counter, and the names of all changes that were made to it.
    private static int CounterOf(Item item) => int.Parse(item.Document.Split(' ')[0]);

    private static string Changed(Item item, int by, string change) =>
        string.Join(' ', [$"{CounterOf(item) + by}", .. item.Document.Split(' ').Skip(1), change]);
}
