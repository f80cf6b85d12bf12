using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What is refused, so that every adapter refuses the same.</summary>
public abstract partial class ItemStoreContract
{
    [Fact]
    public async Task A_document_of_exactly_the_limit_is_kept_and_one_byte_more_is_refused()
    {
        var largest = new string('é', 128 * 1024);
        Assert.True(await Store.WriteAsync(ItemWrite.Create(Key("p", "s"), largest)));
        Assert.Equal(largest, (await Store.GetAsync(Key("p", "s")))!.Document);
        await Refused(ItemWrite.Create(Key("p", "t"), largest + "x"));
        Assert.Null(await Store.GetAsync(Key("p", "t")));
    }

    [Fact]
    public async Task Longest_keys_are_kept_and_longer_or_empty_ones_refused()
    {
        var longest = new string('k', 512);
        await Created(longest, longest);
        Assert.NotNull(await Store.GetAsync(Key(longest, longest)));
        await Refused(ItemWrite.Create(Key("p", longest + "k"), "1"));
        await Refused(ItemWrite.Create(Key(longest + "k", "s"), "1"));
        await Refused(ItemWrite.Create(Key("p", new string('語', 400)), "1"));
        await Refused(ItemWrite.Create(Key("", "s"), "1"));
        await Refused(ItemWrite.Create(Key("p", ""), "1"));
        await Refused(ItemWrite.Create(new ItemKey(default, "p", "s"), "1"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xd800)]
    [InlineData(0xdfff)]
    public async Task Text_that_does_not_survive_storage_is_refused(int character)
    {
        var text = "a" + (char)character + "b";
        await Refused(ItemWrite.Create(Key("p", text), "1"));
        await Refused(ItemWrite.Create(Key(text, "s"), "1"));
        await Refused(ItemWrite.Create(Key("p", "s"), text));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetAsync(Key("p", text)));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(new ItemQuery(tenant, "p", text)));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(new ItemQuery(tenant, "p", "", text)));
    }

    [Fact]
    public async Task Transactions_outside_the_limits_are_refused()
    {
        var hundred = Enumerable.Range(0, 100).Select(n => ItemWrite.Create(Key("p", $"{n}"), "1")).ToList();
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TransactAsync([]));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TransactAsync([hundred[0], hundred[0]]));
        var more = ItemWrite.Create(Key("p", "more"), "1");
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TransactAsync([.. hundred, more]));
        var document = new string('x', 250 * 1024);
        var heavy = hundred.Take(15).Select(write => write with { Document = document }).ToList();
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TransactAsync(heavy));
        Assert.Empty(await All(new ItemQuery(tenant, "p")));
        Assert.True(await Store.TransactAsync(hundred));
        Assert.True(
            await Store.TransactAsync([
                .. heavy.Take(14).Select(write => write with { Condition = WriteCondition.None }),
            ])
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public async Task Page_limits_outside_the_contract_are_refused(int limit) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            Store.QueryAsync(new ItemQuery(tenant, "p", Limit: limit))
        );

    private async Task Refused(ItemWrite write)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WriteAsync(write));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.TransactAsync([write]));
    }
}
