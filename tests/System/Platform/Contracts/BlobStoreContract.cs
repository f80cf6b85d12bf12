using System.Text;
using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What every <see cref="IBlobStore"/> does.</summary>
public abstract class BlobStoreContract
{
    private static readonly byte[] Digits = "0123456789"u8.ToArray();

    private readonly TenantId tenant = Tenants.New();

    protected abstract IBlobStore Store { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task Gives_back_the_bytes(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        Assert.True(await Store.PutIfAbsentAsync(Key("a/b.bin"), content));
        Assert.Equal(content, (await Store.GetAsync(Key("a/b.bin")))!.Content.ToArray());
    }

    [Fact]
    public async Task Knows_no_object_that_was_not_put()
    {
        Assert.Null(await Store.GetAsync(Key("a")));
        Assert.Null(await Store.GetRangeAsync(Key("a"), 0, 1));
        Assert.Null(await Store.GetRangeAsync(Key("a"), 0, 0));
        Assert.Empty(await List(""));
        Assert.Empty(await List("a/"));
        await Store.DeleteAsync(Key("a"));
    }

    [Fact]
    public async Task Puts_only_where_nothing_is()
    {
        Assert.True(await Store.PutIfAbsentAsync(Key("a"), Digits));
        Assert.False(await Store.PutIfAbsentAsync(Key("a"), "other"u8.ToArray()));
        Assert.Equal(Digits, (await Store.GetAsync(Key("a")))!.Content.ToArray());
    }

    [Fact]
    public async Task One_of_many_concurrent_puts_wins_and_its_bytes_stay()
    {
        for (var round = 0; round < 5; round++)
        {
            var key = Key($"r{round}/x/y");
            var wins = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(n => Task.Run(() => Store.PutIfAbsentAsync(key, Text($"{n}"))))
            );
            Assert.Equal(1, wins.Count(won => won));
            Assert.Equal($"{Array.IndexOf(wins, true)}", await Read(key));
        }
    }

    [Fact]
    public async Task Replaces_only_the_object_of_the_tag()
    {
        await Store.PutIfAbsentAsync(Key("a"), Text("one"));
        var first = (await Store.GetAsync(Key("a")))!.ETag;
        var second = await Store.ReplaceAsync(Key("a"), Text("two"), first);
        Assert.NotNull(second);
        Assert.NotEqual(first, second);
        Assert.Equal(second, (await Store.GetAsync(Key("a")))!.ETag);
        Assert.Null(await Store.ReplaceAsync(Key("a"), Text("three"), first));
        Assert.Equal("two", await Read(Key("a")));
    }

    [Fact]
    public async Task Replaces_nothing_where_nothing_is()
    {
        await Store.PutIfAbsentAsync(Key("a"), Text("one"));
        var tag = (await Store.GetAsync(Key("a")))!.ETag;
        await Store.DeleteAsync(Key("a"));
        Assert.Null(await Store.ReplaceAsync(Key("a"), Text("two"), tag));
        Assert.Null(await Store.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Concurrent_replacements_lose_no_increment()
    {
        await Store.PutIfAbsentAsync(Key("counter"), Text("0"));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Increment(Key("counter"), 8))));
        Assert.Equal("48", await Read(Key("counter")));
    }

    [Theory]
    [InlineData(0, 10, "0123456789")]
    [InlineData(0, 1, "0")]
    [InlineData(3, 4, "3456")]
    [InlineData(9, 1, "9")]
    [InlineData(8, 5, "89")]
    [InlineData(10, 1, "")]
    [InlineData(11, 4, "")]
    [InlineData(5, 0, "")]
    [InlineData(0, int.MaxValue, "0123456789")]
    [InlineData(long.MaxValue, int.MaxValue, "")]
    public async Task Reads_ranges_to_the_end_and_not_beyond(long offset, int length, string expected)
    {
        await Store.PutIfAbsentAsync(Key("a"), Digits);
        var range = await Store.GetRangeAsync(Key("a"), offset, length);
        Assert.Equal(expected, Encoding.ASCII.GetString(range!.Value.Span));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    public async Task Refuses_negative_ranges(long offset, int length) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.GetRangeAsync(Key("a"), offset, length));

    [Fact]
    public async Task Lists_paths_below_a_prefix_in_ordinal_order()
    {
        string[] paths = ["a-b", "a.b/x", "a/b", "a/b0/x", "a/c/1", "a/c/10", "a/c/2", "a0", "~z", "A/b"];
        foreach (var path in paths.Where(path => path is not "a0"))
        {
            await Store.PutIfAbsentAsync(Key(path), Text(path));
        }

        await Store.PutIfAbsentAsync(Key("a0"), Text("last"));
        Assert.Equal(paths.Order(StringComparer.Ordinal), await List(""));
        Assert.Equal(["a/b", "a/b0/x", "a/c/1", "a/c/10", "a/c/2"], await List("a/"));
        Assert.Equal(["a/c/1", "a/c/10", "a/c/2"], await List("a/c/"));
        Assert.Empty(await List("a/c/1/"));
        Assert.Empty(await List("b/"));
    }

    [Fact]
    public async Task Deleted_objects_are_gone_and_may_be_put_again()
    {
        await Store.PutIfAbsentAsync(Key("a/b"), Text("1"));
        await Store.DeleteAsync(Key("a/b"));
        Assert.Null(await Store.GetAsync(Key("a/b")));
        Assert.Empty(await List(""));
        Assert.True(await Store.PutIfAbsentAsync(Key("a/b"), Text("2")));
    }

    [Fact]
    public async Task The_same_path_of_another_tenant_is_another_object()
    {
        var stranger = Tenants.New();
        var theirs = new BlobKey(stranger, "a");
        await Store.PutIfAbsentAsync(Key("a"), Text("mine"));
        var tag = (await Store.GetAsync(Key("a")))!.ETag;
        Assert.Null(await Store.GetAsync(theirs));
        Assert.Null(await Store.ReplaceAsync(theirs, Text("no"), tag));
        await Store.DeleteAsync(theirs);
        Assert.True(await Store.PutIfAbsentAsync(theirs, Text("theirs")));
        Assert.Equal("mine", await Read(Key("a")));
        Assert.Equal(["a"], await List(""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("a/./b")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a%2fb")]
    [InlineData("é")]
    [InlineData("a\n")]
    public async Task Refuses_paths_outside_the_contract(string path)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutIfAbsentAsync(Key(path), Digits));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.ReplaceAsync(Key(path), Digits, "x"));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetAsync(Key(path)));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetRangeAsync(Key(path), 0, 1));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteAsync(Key(path)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("../")]
    [InlineData("a//")]
    public async Task Refuses_prefixes_outside_the_contract(string prefix) =>
        await Assert.ThrowsAsync<ArgumentException>(() => List(prefix));

    [Fact]
    public async Task Longest_paths_are_kept_and_longer_ones_refused()
    {
        var longest = string.Join('/', Enumerable.Repeat(new string('s', 127), 4)) + "x";
        Assert.True(await Store.PutIfAbsentAsync(Key(longest), Digits));
        Assert.Equal([longest], await List(""));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutIfAbsentAsync(Key(longest + "x"), Digits));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutIfAbsentAsync(Key(new string('s', 201)), Digits));
    }

    [Fact]
    public async Task Names_that_begin_with_a_dot_are_ordinary()
    {
        string[] paths = [".a", ".locks/x", ".staging/x", "...", "a/.b"];
        foreach (var path in paths)
        {
            Assert.True(await Store.PutIfAbsentAsync(Key(path), Text(path)));
        }

        Assert.Equal(paths.Order(StringComparer.Ordinal), await List(""));
    }

    private BlobKey Key(string path) => new(tenant, path);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private async Task<string> Read(BlobKey key) => Encoding.UTF8.GetString((await Store.GetAsync(key))!.Content.Span);

    private async Task<List<string>> List(string prefix) => await Store.ListAsync(tenant, prefix).ToListAsync();

    private async Task Increment(BlobKey key, int times)
    {
        while (times > 0)
        {
            var blob = (await Store.GetAsync(key))!;
            var next = int.Parse(Encoding.UTF8.GetString(blob.Content.Span)) + 1;
            times -= await Store.ReplaceAsync(key, Text($"{next}"), blob.ETag) is null ? 0 : 1;
        }
    }
}
