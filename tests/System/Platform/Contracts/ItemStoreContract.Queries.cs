using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>Order, pages and cursors.</summary>
public abstract partial class ItemStoreContract
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(7, true)]
    [InlineData(100, true)]
    public async Task Pages_give_every_item_of_the_prefix_once_and_in_order(int limit, bool descending)
    {
        string[] with = [.. Enumerable.Range(0, 20).Select(n => $"SEG#{n:d8}")];
        string[] without = ["META", "SEG", "SEG\"", "SEG$", "SEH"];
        foreach (var sort in with.Concat(without))
        {
            await Created("RUN#1", sort);
        }

        var found = await All(new ItemQuery(tenant, "RUN#1", "SEG#", null, limit, descending));
        Assert.Equal(descending ? with.Reverse() : with, found.Select(item => item.Key.Sort));
        Assert.Equal(25, (await All(new ItemQuery(tenant, "RUN#1", Limit: limit))).Count);
    }

    [Fact]
    public async Task A_page_is_not_longer_than_its_limit_and_the_last_has_no_cursor()
    {
        for (var n = 0; n < 4; n++)
        {
            await Created("p", $"{n}");
        }

        var first = await Store.QueryAsync(new ItemQuery(tenant, "p", Limit: 2));
        Assert.Equal(["0", "1"], first.Items.Select(item => item.Key.Sort));
        Assert.NotNull(first.Next);
        var rest = await All(new ItemQuery(tenant, "p", After: first.Next, Limit: 2));
        Assert.Equal(["2", "3"], rest.Select(item => item.Key.Sort));
    }

    [Fact]
    public async Task Large_documents_come_in_pages_and_none_is_missing()
    {
        var document = $"\"{new string('x', 250_000)}\"";
        for (var n = 0; n < 9; n++)
        {
            await Store.WriteAsync(ItemWrite.Create(Key("p", $"{n}"), document));
        }

        var found = await All(new ItemQuery(tenant, "p"));
        Assert.Equal(9, found.Count);
        Assert.All(found, item => Assert.Equal(document, item.Document));
    }

    [Fact]
    public async Task A_cursor_leads_out_of_neither_partition_nor_prefix()
    {
        foreach (var sort in new[] { "a1", "a2", "b1", "b2" })
        {
            await Created("p", sort);
            await Created("q", sort);
        }

        var elsewhere = (await Store.QueryAsync(new ItemQuery(tenant, "q", Limit: 3))).Next!;
        var found = await All(new ItemQuery(tenant, "p", "a", elsewhere, Descending: true));
        Assert.Equal(["a2", "a1"], found.Select(item => item.Key.Sort));
        Assert.All(found, item => Assert.Equal("p", item.Key.Partition));
        Assert.Empty(await All(new ItemQuery(tenant, "p", "a", elsewhere)));
    }

    [Fact]
    public async Task Keeps_unicode_and_orders_by_its_bytes()
    {
        string[] ordered = ["%_", "Z", "a", "ß", "ä", "Ω", "語", "\uFF5E", "😀", "😀😀", "\U0010FFFF"];
        foreach (var sort in ordered.Reverse())
        {
            Assert.True(await Store.WriteAsync(ItemWrite.Create(Key("Ünï-語", sort), $"\"{sort} é\u2028\"")));
        }

        var found = await All(new ItemQuery(tenant, "Ünï-語", Limit: 2));
        Assert.Equal(ordered, found.Select(item => item.Key.Sort));
        Assert.All(found, item => Assert.Equal($"\"{item.Key.Sort} é\u2028\"", item.Document));
        Assert.Equal(2, (await All(new ItemQuery(tenant, "Ünï-語", "😀"))).Count);
        Assert.Single(await All(new ItemQuery(tenant, "Ünï-語", "%")));
        Assert.Single(await All(new ItemQuery(tenant, "Ünï-語", "\U0010FFFF")));
    }

    private async Task<List<Item>> All(ItemQuery query)
    {
        var all = new List<Item>();
        while (true)
        {
            var page = await Store.QueryAsync(query);
            Assert.True(page.Items.Count <= query.Limit);
            all.AddRange(page.Items);
            if (page.Next is null)
            {
                return all;
            }

            query = query with { After = page.Next };
        }
    }
}
