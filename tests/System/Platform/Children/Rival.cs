using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.SystemTests.Platform.Children;

/// <summary>One of several processes that change the same things in the same folder.</summary>
internal static class Rival
{
    public const int Increments = 25;
    public const int Messages = 40;

    public static readonly TenantId Tenant = new("rivals");

    public static ItemKey Item => new(Tenant, "p", "counter");

    public static BlobKey Blob => new(Tenant, "counter");

    public static async Task RunAsync(string[] args)
    {
        using var platform = EmbeddedPlatform.Open(args[0], TimeProvider.System);
        await platform.Items.WriteAsync(ItemWrite.Create(Item, "0"));
        await platform.Blobs.PutIfAbsentAsync(Blob, "0"u8.ToArray());
        for (var n = 0; n < Messages; n++)
        {
            await platform.Queue("q").SendAsync(new byte[n]);
        }

        await Task.WhenAll(
            Task.Run(() => IncrementItem(platform.Items)),
            Task.Run(() => IncrementBlob(platform.Blobs)),
            Task.Run(() => UseKeys(platform.Keys)),
            Task.Run(() => ReceiveAll(platform.Queue("q")))
        );
    }

    private static async Task IncrementItem(IItemStore items)
    {
        for (var left = Increments; left > 0; )
        {
            var item = (await items.GetAsync(Item))!;
            left -= await items.WriteAsync(ItemWrite.Replace(item, $"{int.Parse(item.Document) + 1}")) ? 1 : 0;
        }
    }

    private static async Task IncrementBlob(IBlobStore blobs)
    {
        for (var left = Increments; left > 0; )
        {
            var blob = (await blobs.GetAsync(Blob))!;
            var next = System.Text.Encoding.ASCII.GetBytes($"{int.Parse(blob.Content.Span) + 1}");
            left -= await blobs.ReplaceAsync(Blob, next, blob.ETag) is null ? 0 : 1;
        }
    }

    private static async Task UseKeys(IKeyService keys)
    {
        for (var n = 0; n < 5; n++)
        {
            using var key = await keys.GenerateDataKeyAsync(Tenant, "c");
            Console.WriteLine("key " + Convert.ToHexString(key.Wrapped.Span));
            await keys.RotateAsync(Tenant);
        }
    }

    private static async Task ReceiveAll(IQueue queue)
    {
        while (await queue.ReceiveAsync(3, TimeSpan.FromHours(1)) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
            {
                Console.WriteLine("message " + message.Id);
            }
        }
    }
}
