using Lace.Platform;

namespace Lace.Tests.Platform;

public sealed class BlobFolderTests : IDisposable
{
    private readonly PlatformFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_a_dead_process_was_preparing_is_removed_at_the_next_start()
    {
        var left = folder["blobs", ".staging", "dead"];
        Directory.CreateDirectory(left);
        File.WriteAllText(Path.Combine(left, "owner.lock"), "");
        File.WriteAllText(Path.Combine(left, "7"), "half a blo");
        using var platform = folder.Open();
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public async Task What_a_living_process_is_preparing_is_left_alone()
    {
        using var first = folder.Open();
        var theirs = Assert.Single(Directory.GetDirectories(folder["blobs", ".staging"]));
        using var second = folder.Open();
        Assert.True(Directory.Exists(theirs));
        Assert.True(await first.Blobs.PutIfAbsentAsync(Key("a"), new byte[10]));
        Assert.False(await second.Blobs.PutIfAbsentAsync(Key("a"), new byte[10]));
    }

    [Fact]
    public async Task Nothing_is_left_in_the_staging_folder_after_a_put()
    {
        using var platform = folder.Open();
        await platform.Blobs.PutIfAbsentAsync(Key("a"), new byte[10]);
        await platform.Blobs.PutIfAbsentAsync(Key("a"), new byte[11]);
        var tag = (await platform.Blobs.GetAsync(Key("a")))!.ETag;
        await platform.Blobs.ReplaceAsync(Key("a"), new byte[12], tag);
        var staged = Directory.GetFiles(folder["blobs", ".staging"], "*", SearchOption.AllDirectories);
        Assert.All(staged, file => Assert.EndsWith(".lock", file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_path_that_is_a_folder_of_another_is_an_error_and_harms_nothing()
    {
        using var platform = folder.Open();
        await platform.Blobs.PutIfAbsentAsync(Key("a"), new byte[1]);
        await platform.Blobs.PutIfAbsentAsync(Key("b/c"), new byte[2]);
        await Assert.ThrowsAsync<StorageException>(() => platform.Blobs.PutIfAbsentAsync(Key("a/b"), new byte[3]));
        await Assert.ThrowsAsync<StorageException>(() => platform.Blobs.PutIfAbsentAsync(Key("b"), new byte[3]));
        Assert.Equal(1, (await platform.Blobs.GetAsync(Key("a")))!.Content.Length);
        Assert.Equal(2, (await platform.Blobs.GetAsync(Key("b/c")))!.Content.Length);
    }

    [Fact]
    public async Task The_tag_is_the_digest_of_the_content()
    {
        using var platform = folder.Open();
        await platform.Blobs.PutIfAbsentAsync(Key("a"), "abc"u8.ToArray());
        const string Sha256OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        Assert.Equal(Sha256OfAbc, (await platform.Blobs.GetAsync(Key("a")))!.ETag);
    }

    private static BlobKey Key(string path) => new(PlatformFolder.Tenant, path);
}
