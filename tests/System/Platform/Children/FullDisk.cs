using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.SystemTests.Platform.Children;

/// <summary>Runs on a small file system of its own: fills it, writes to each port, makes room, writes again.</summary>
internal static class FullDisk
{
    private static readonly TenantId Tenant = new("full");

    public static async Task RunAsync(string[] args)
    {
        Console.WriteLine("mounted");
        var folder = Path.Combine(args[0], "data");
        var ballast = Path.Combine(args[0], "ballast");
        using (var platform = EmbeddedPlatform.Open(folder, TimeProvider.System))
        {
            using var key = await platform.Keys.GenerateDataKeyAsync(Tenant, "c");
            await WriteAll(platform, "before");
            Fill(ballast);
            await Refused(() => platform.Items.WriteAsync(ItemWrite.Create(Item("full"), new string('x', 200_000))));
            await Refused(() => platform.Blobs.PutIfAbsentAsync(Blob("full"), new byte[500_000]));
            await Refused(() => platform.Queue("q").SendAsync(new byte[200_000]));
            await Refused(() => platform.Keys.RotateAsync(Tenant));
            await Refused(() => Task.Run(() => platform.Queue("another")));
            await CheckAll(platform, "before");
            await Unwrapped(platform, key);
            File.Delete(ballast);
            await WriteAll(platform, "after");
            await platform.Keys.RotateAsync(Tenant);
            await CheckAll(platform, "before", "after");
            await Unwrapped(platform, key);
        }

        using var again = EmbeddedPlatform.Open(folder, TimeProvider.System);
        await CheckAll(again, "before", "after");
        Assert.Equal(2, (await again.Queue("q").ReceiveAsync(10, TimeSpan.FromHours(1))).Count);
        Assert.Null(await again.Items.GetAsync(Item("full")));
        Assert.Null(await again.Blobs.GetAsync(Blob("full")));
        Console.WriteLine("intact");
    }

    private static ItemKey Item(string name) => new(Tenant, "p", name);

    private static BlobKey Blob(string name) => new(Tenant, "folder-" + name + "/b");

    private static async Task WriteAll(EmbeddedPlatform platform, string name)
    {
        Assert.True(await platform.Items.WriteAsync(ItemWrite.Create(Item(name), name)));
        Assert.True(await platform.Blobs.PutIfAbsentAsync(Blob(name), new byte[100_000]));
        await platform.Queue("q").SendAsync(new byte[1000]);
    }

    private static async Task CheckAll(EmbeddedPlatform platform, params string[] names)
    {
        foreach (var name in names)
        {
            Assert.Equal(name, (await platform.Items.GetAsync(Item(name)))!.Document);
            Assert.Equal(100_000, (await platform.Blobs.GetAsync(Blob(name)))!.Content.Length);
        }
    }

    private static async Task Unwrapped(EmbeddedPlatform platform, DataKey key)
    {
        using var again = await platform.Keys.UnwrapDataKeyAsync(Tenant, "c", key.Wrapped);
        Assert.True(key.Plaintext.SequenceEqual(again!.Plaintext));
    }

    private static async Task Refused(Func<Task> write)
    {
        var refusal = await Assert.ThrowsAsync<StorageFullException>(write);
        Assert.Contains("no space left", refusal.Message, StringComparison.Ordinal);
    }

    private static void Fill(string ballast)
    {
        using var file = new FileStream(ballast, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in new[] { 1 << 16, 1 })
        {
            try
            {
                for (var block = new byte[size]; ; )
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // Full for blocks of this size.
            }
        }
    }
}
