using System.Runtime.Versioning;
using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.Tests.Platform;

public sealed class EmbeddedPlatformTests : IDisposable
{
    private static readonly ItemKey Key = new(PlatformFolder.Tenant, "p", "s");

    private readonly PlatformFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_written_is_there_when_it_is_opened_again()
    {
        using (var first = folder.Open())
        {
            await first.Items.WriteAsync(ItemWrite.Create(Key, "1"));
            await first.Queue("losses").SendAsync(new byte[] { 1 });
        }

        using var again = folder.Open();
        Assert.Equal("1", (await again.Items.GetAsync(Key))!.Document);
        Assert.Single(await again.Queue("losses").ReceiveAsync(1, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Two_platforms_on_one_folder_see_each_others_writes_at_once()
    {
        using var a = folder.Open();
        using var b = folder.Open();
        for (var n = 1; n <= 20; n++)
        {
            var (writer, reader) = n % 2 == 0 ? (a, b) : (b, a);
            Assert.True(await writer.Items.WriteAsync(ItemWrite.Put(Key, $"{n}")));
            Assert.Equal(n, (await reader.Items.GetAsync(Key))!.Version);
        }
    }

    [Fact]
    public async Task Closing_waits_for_the_writes_that_were_asked_for()
    {
        Task<bool>[] writes;
        using (var platform = folder.Open())
        {
            writes =
            [
                .. Enumerable
                    .Range(0, 200)
                    .Select(n => ItemWrite.Create(Key with { Sort = $"{n}" }, "1"))
                    .Select(write => platform.Items.WriteAsync(write)),
            ];
        }

        Assert.All(await Task.WhenAll(writes), Assert.True);
    }

    [Fact]
    public async Task A_closed_platform_refuses_to_work()
    {
        var platform = folder.Open();
        platform.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => platform.Items.GetAsync(Key));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => platform.Items.WriteAsync(ItemWrite.Put(Key, "1")));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_new_folder_is_its_owners_alone()
    {
        using var platform = folder.Open();
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Owner, File.GetUnixFileMode(folder.Root));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_refused()
    {
        File.WriteAllText(folder.Root, "");
        Assert.Contains(folder.Root, Assert.Throws<StorageException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_kept()
    {
        Directory.CreateDirectory(folder.Root);
        File.WriteAllText(folder["items.db"], new string('x', 5000));
        Assert.Contains("items.db", Assert.Throws<StorageException>(folder.Open).Message, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(folder["items.db"]).Length);
    }

    [Fact]
    public void A_database_of_a_later_version_is_refused()
    {
        folder.Open().Dispose();
        using (var session = new SqliteSession(folder["items.db"]))
        {
            session.Execute("PRAGMA user_version = 2");
        }

        Assert.Contains(
            "later version",
            Assert.Throws<StorageException>(folder.Open).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("../items")]
    [InlineData("A")]
    public void Refuses_queue_names_that_are_no_file_names(string name)
    {
        using var platform = folder.Open();
        Assert.Throws<ArgumentException>(() => platform.Queue(name));
    }

    [Fact]
    public void The_same_name_is_the_same_queue()
    {
        using var platform = folder.Open();
        Assert.Same(platform.Queue("a"), platform.Queue("a"));
        Assert.NotSame(platform.Queue("a"), platform.Queue("b"));
    }
}
