using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.SystemTests.Platform.Children;

/// <summary>Writes to every port at once, and prints each write after it returned, until it is killed.</summary>
internal static class CrashWriter
{
    public static readonly TenantId Tenant = new("crash");

    /// <summary>Items of one transaction beside the counter.</summary>
    public const int TransactionItems = 4;

    /// <summary>First words of the lines.</summary>
    public static readonly string[] Kinds =
    [
        "item",
        "transaction",
        "blob",
        "head",
        "sent",
        "queued",
        "completed",
        "key",
    ];

    public static BlobKey Head => new(Tenant, "head");

    public static ItemKey Counter => new(Tenant, "COUNTER", "transactions");

    public static string Partition(string kind, int round) => $"{kind}#{round}";

    /// <summary>Numbers of one round: no other round has them.</summary>
    public static int First(int round) => round * 1_000_000;

    public static async Task RunAsync(string[] args)
    {
        var round = int.Parse(args[1]);
        using var platform = EmbeddedPlatform.Open(args[0], TimeProvider.System);
        Func<int, Task>[] writers =
        [
            n => WriteItem(platform.Items, round, n),
            n => WriteItem(platform.Items, round, n),
            n => Transact(platform.Items, round, n),
            n => PutBlob(platform.Blobs, round, n),
            n => ReplaceHead(platform.Blobs, n),
            n => Send(platform.Queue("sent"), "sent", n),
            n => Send(platform.Queue("sent"), "sent", n),
            n => SendAndComplete(platform.Queue("completed"), n),
            n => MakeKey(platform.Keys, n),
        ];
        await Task.WhenAll(
            writers.Select((write, index) => Task.Run(() => Repeat(write, index, writers.Length, round)))
        );
    }

    private static async Task Repeat(Func<int, Task> write, int index, int step, int round)
    {
        for (var n = First(round) + index; ; n += step)
        {
            await write(n);
        }
    }

    private static async Task WriteItem(IItemStore items, int round, int n)
    {
        var key = new ItemKey(Tenant, Partition("ITEM", round), $"{n}");
        Assert.True(await items.WriteAsync(ItemWrite.Create(key, Payload.Document(n))));
        Print("item", n);
    }

    private static async Task Transact(IItemStore items, int round, int n)
    {
        var counter = await items.GetAsync(Counter);
        var count = counter is null ? ItemWrite.Create(Counter, $"{n}") : ItemWrite.Replace(counter, $"{n}");
        var writes = Enumerable
            .Range(0, TransactionItems)
            .Select(part => new ItemKey(Tenant, Partition("TX", round), $"{n}/{part}"))
            .Select(key => ItemWrite.Create(key, Payload.Document(n)));
        Assert.True(await items.TransactAsync([.. writes, count]));
        Print("transaction", n);
    }

    private static async Task PutBlob(IBlobStore blobs, int round, int n)
    {
        Assert.True(await blobs.PutIfAbsentAsync(new BlobKey(Tenant, $"puts/{round}/{n % 7}/{n}"), Payload.Of(n)));
        Print("blob", n);
    }

    private static async Task ReplaceHead(IBlobStore blobs, int n)
    {
        if (await blobs.GetAsync(Head) is { } head)
        {
            Assert.NotNull(await blobs.ReplaceAsync(Head, Payload.Of(n), head.ETag));
        }
        else
        {
            Assert.True(await blobs.PutIfAbsentAsync(Head, Payload.Of(n)));
        }

        Print("head", n);
    }

    private static async Task Send(IQueue queue, string word, int n)
    {
        await queue.SendAsync(Payload.Of(n));
        Print(word, n);
    }

    private static async Task SendAndComplete(IQueue queue, int n)
    {
        await Send(queue, "queued", n);
        var message = Assert.Single(await queue.ReceiveAsync(10, TimeSpan.FromHours(1)));
        await queue.CompleteAsync([message.Receipt]);
        Print("completed", n);
    }

    private static async Task MakeKey(IKeyService keys, int n)
    {
        if (n % 2 == 0)
        {
            await keys.RotateAsync(Tenant);
        }

        using var key = await keys.GenerateDataKeyAsync(Tenant, $"{n}");
        Print($"key {Convert.ToHexString(key.Wrapped.Span)} {Convert.ToHexString(key.Plaintext)}", n);
    }

    /// <summary>One system call a line, so that a kill leaves no half one that could be mistaken.</summary>
    private static void Print(string word, int n)
    {
        lock (Console.Out)
        {
            Console.Out.Write($"{word} {n}\n");
            Console.Out.Flush();
        }
    }
}
