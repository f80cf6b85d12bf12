using Lace.Moto;
using Lace.Platform;
using Lace.SystemTests.Platform.Contracts;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>What a writer hears of a write that took effect and whose answer was lost.</summary>
public sealed class LostAnswerTests(MotoFixture moto) : IAsyncLifetime
{
    private readonly TenantId tenant = Tenants.New();
    private AwsWorld? world;

    private IItemStore Items => world!.Platform.Items;

    private IBlobStore Blobs => world!.Platform.Blobs;

    private AwsFaults Faults => world!.Front.Faults;

    public async ValueTask InitializeAsync() => world = await AwsWorld.CreateAsync(moto);

    public async ValueTask DisposeAsync()
    {
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(AwsFault.Lost)]
    [InlineData(AwsFault.FailedAfter)]
    public async Task A_write_that_took_effect_is_true_and_counted_once(AwsFault fault)
    {
        Faults.Once(fault, IsUpdate);
        Assert.True(await Items.WriteAsync(ItemWrite.Create(Key("a"), "1")));
        Faults.Once(fault, IsUpdate);
        Assert.True(await Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "1", 1), "2")));
        Faults.Once(fault, IsUpdate);
        Assert.True(await Items.WriteAsync(ItemWrite.Put(Key("a"), "3")));
        Assert.Equal(new Item(Key("a"), "3", 3), await Items.GetAsync(Key("a")));
        Faults.Once(fault, request => request.Operation == "DeleteItem");
        Assert.True(await Items.WriteAsync(ItemWrite.Delete(new Item(Key("a"), "3", 3))));
        Assert.Equal(4, Faults.Count(fault));
    }

    [Fact]
    public async Task A_write_that_did_not_take_effect_is_not_taken_for_the_rivals()
    {
        await Items.WriteAsync(ItemWrite.Create(Key("a"), "1"));
        Faults.Once(
            AwsFault.Dropped,
            IsUpdate,
            () => Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "1", 1), "theirs"))
        );
        Assert.False(await Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "1", 1), "mine")));
        Assert.Equal("theirs", (await Items.GetAsync(Key("a")))!.Document);
    }

    [Fact]
    public async Task A_writer_finds_its_write_also_where_others_wrote_over_it()
    {
        await Items.WriteAsync(ItemWrite.Create(Key("a"), "1"));
        Faults.Once(
            AwsFault.Lost,
            IsUpdate,
            async () =>
            {
                for (var version = 2; version < 10; version++)
                {
                    Assert.True(await Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "", version), "theirs")));
                }
            }
        );
        Assert.True(await Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "1", 1), "mine")));
        Assert.Equal(new Item(Key("a"), "theirs", 10), await Items.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Where_too_many_wrote_over_it_nobody_claims_to_know()
    {
        await Items.WriteAsync(ItemWrite.Create(Key("a"), "1"));
        Faults.Once(
            AwsFault.Lost,
            IsUpdate,
            async () =>
            {
                for (var version = 2; version < 20; version++)
                {
                    await Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "", version), "theirs"));
                }
            }
        );
        await Assert.ThrowsAsync<StorageException>(() =>
            Items.WriteAsync(ItemWrite.Replace(new Item(Key("a"), "1", 1), "mine"))
        );
    }

    [Fact]
    public async Task A_transaction_that_took_effect_is_true_and_one_that_did_not_is_false()
    {
        ItemWrite[] writes = [ItemWrite.Create(Key("a"), "1"), ItemWrite.Create(Key("b"), "1")];
        Faults.Once(AwsFault.Lost, IsTransaction);
        Assert.True(await Items.TransactAsync(writes));
        Faults.Once(AwsFault.Dropped, IsTransaction);
        Assert.False(await Items.TransactAsync(writes));

        ItemWrite[] deletes = [.. writes.Select(write => ItemWrite.Delete(new Item(write.Key, "1", 1)))];
        Faults.Once(AwsFault.Lost, IsTransaction);
        Assert.True(await Items.TransactAsync(deletes));
        Assert.False(await Items.TransactAsync(deletes));
    }

    [Fact]
    public async Task A_transaction_in_conflict_is_tried_again_and_a_lasting_storm_ends_in_an_error()
    {
        ItemWrite[] writes = [ItemWrite.Create(Key("a"), "1"), ItemWrite.Create(Key("b"), "1")];
        Faults.Once(AwsFault.Conflict, IsTransaction);
        Assert.True(await Items.TransactAsync(writes));

        Faults.Set(_ => AwsFault.Throttled);
        await Assert.ThrowsAsync<StorageException>(() => Items.WriteAsync(ItemWrite.Create(Key("c"), "1")));
        Faults.Set(_ => AwsFault.None);
        Assert.Null(await Items.GetAsync(Key("c")));
    }

    [Fact]
    public async Task An_answer_that_never_comes_is_not_waited_for_without_end()
    {
        Faults.Once(AwsFault.Hangs, IsUpdate);
        Assert.True(await Items.WriteAsync(ItemWrite.Create(Key("a"), "1")));
        Assert.Equal(new Item(Key("a"), "1", 1), await Items.GetAsync(Key("a")));
    }

    [Fact]
    public async Task A_blob_that_was_put_is_true_and_a_rival_stays_a_rival()
    {
        Faults.Once(AwsFault.Lost, IsPut);
        Assert.True(await Blobs.PutIfAbsentAsync(Blob("a"), "1"u8.ToArray()));
        Faults.Once(AwsFault.Dropped, IsPut);
        Assert.False(await Blobs.PutIfAbsentAsync(Blob("a"), "2"u8.ToArray()));
        Faults.Once(AwsFault.Conflict, IsPut);
        Assert.True(await Blobs.PutIfAbsentAsync(Blob("b"), "3"u8.ToArray()));
    }

    [Fact]
    public async Task A_replacement_is_found_also_where_others_replaced_it()
    {
        await Blobs.PutIfAbsentAsync(Blob("a"), "1"u8.ToArray());
        var first = (await Blobs.GetAsync(Blob("a")))!.ETag;
        Faults.Once(AwsFault.Lost, IsPut);
        var second = await Blobs.ReplaceAsync(Blob("a"), "2"u8.ToArray(), first);
        Assert.Equal((await Blobs.GetAsync(Blob("a")))!.ETag, second);

        Faults.Once(
            AwsFault.Lost,
            IsPut,
            async () =>
            {
                var mine = (await Blobs.GetAsync(Blob("a")))!.ETag;
                Assert.NotNull(await Blobs.ReplaceAsync(Blob("a"), "theirs"u8.ToArray(), mine));
            }
        );
        var tag = await Blobs.ReplaceAsync(Blob("a"), "3"u8.ToArray(), second!);
        Assert.NotNull(tag);
        // It was stored, and it is there no more: no next replacement follows on it.
        Assert.Null(await Blobs.ReplaceAsync(Blob("a"), "4"u8.ToArray(), tag));
        Assert.Equal("theirs"u8.ToArray(), (await Blobs.GetAsync(Blob("a")))!.Content.ToArray());
    }

    private static bool IsUpdate(AwsRequest request) => request.Operation == "UpdateItem";

    private static bool IsTransaction(AwsRequest request) => request.Operation == "TransactWriteItems";

    private static bool IsPut(AwsRequest request) =>
        request.Service == AwsService.S3 && request.Operation.StartsWith("PUT ", StringComparison.Ordinal);

    private ItemKey Key(string sort) => new(tenant, "p", sort);

    private BlobKey Blob(string path) => new(tenant, path);
}
