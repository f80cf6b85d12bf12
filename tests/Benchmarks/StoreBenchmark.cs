using System.Diagnostics;
using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.Benchmarks;

/// <summary>
/// Durable writes of the embedded platform a second, as a multiple of what the disk gives: appends of the same bytes to one
/// file, each flushed before the next.
/// </summary>
internal static class StoreBenchmark
{
    public const string Name = "store";

    private const int Bytes = 400;
    private static readonly TenantId Tenant = new("bench");
    private static readonly string Document = $"\"{new string('x', Bytes - 2)}\"";
    private static readonly byte[] Body = new byte[Bytes];

    /// <param name="args">Seconds a measurement (2), and the folder whose disk is measured (the temporary one).</param>
    public static async Task<int> Run(string[] args)
    {
        var time = TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0]) : 2);
        var folder = Directory.CreateDirectory(
            Path.Combine(args.Length > 1 ? args[1] : Path.GetTempPath(), $"lace-bench-{Environment.ProcessId}")
        );
        try
        {
            using var platform = EmbeddedPlatform.Open(Path.Combine(folder.FullName, "data"), TimeProvider.System);
            var flushes = await FlushedAppends(Path.Combine(folder.FullName, "raw"), time);
            Console.WriteLine(
                $"{Bytes}-byte writes, each on the disk before it is acknowledged; {time.TotalSeconds:0.#} s each"
            );
            Print("appends to a file with fsync", flushes, flushes);
            foreach (var callers in new[] { 1, 16, 256 })
            {
                Print($"item writes, {callers} callers", await Items(platform.Items, callers, time), flushes);
                Print($"queue sends, {callers} callers", await Sends(platform.Queue("q"), callers, time), flushes);
            }

            Print("queue received and completed by 100", await Receives(platform.Queue("q"), time), flushes);
            Print("blob puts, 1 caller", await Blobs(platform.Blobs, 1, time), flushes);
            Print("blob puts, 16 callers", await Blobs(platform.Blobs, 16, time), flushes);
            Print("item reads (no flush), 1 caller", await Reads(platform.Items, time), flushes);
            Print(
                "appends to a file with fsync, again",
                await FlushedAppends(Path.Combine(folder.FullName, "raw"), time),
                flushes
            );
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Print(string what, double rate, double flushes) =>
        Console.WriteLine($"{what, -38} {rate, 10:n0} /s {rate / flushes, 8:0.00} x");

    private static async Task<double> FlushedAppends(string path, TimeSpan time)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return await Rate(
            1,
            time,
            (_, _) =>
            {
                file.Write(Body);
                file.Flush(flushToDisk: true);
                return Task.FromResult(1);
            }
        );
    }

    private static Task<double> Items(IItemStore items, int callers, TimeSpan time) =>
        Rate(
            callers,
            time,
            async (caller, n) =>
            {
                var key = new ItemKey(Tenant, $"{callers}#{caller}", $"{n:d8}");
                return await items.WriteAsync(ItemWrite.Create(key, Document)) ? 1 : 0;
            }
        );

    private static Task<double> Reads(IItemStore items, TimeSpan time) =>
        Rate(1, time, async (_, _) => await items.GetAsync(new ItemKey(Tenant, "1#0", "00000000")) is null ? 0 : 1);

    private static Task<double> Sends(IQueue queue, int callers, TimeSpan time) =>
        Rate(
            callers,
            time,
            async (_, _) =>
            {
                await queue.SendAsync(Body);
                return 1;
            }
        );

    private static Task<double> Receives(IQueue queue, TimeSpan time) =>
        Rate(
            1,
            time,
            async (_, _) =>
            {
                var messages = await queue.ReceiveAsync(100, TimeSpan.FromHours(1));
                await queue.CompleteAsync([.. messages.Select(message => message.Receipt)]);
                return messages.Count;
            }
        );

    private static Task<double> Blobs(IBlobStore blobs, int callers, TimeSpan time) =>
        Rate(
            callers,
            time,
            async (caller, n) =>
                await blobs.PutIfAbsentAsync(new BlobKey(Tenant, $"{callers}/{caller}/{n}"), Body) ? 1 : 0
        );

    /// <summary>Operations a second while so many callers each wait for one before the next. The first tenth of a second is not counted.</summary>
    /// <param name="operation">Caller and running number to how many operations that was; none ends the measurement.</param>
    private static async Task<double> Rate(int callers, TimeSpan time, Func<int, int, Task<int>> operation)
    {
        var watch = Stopwatch.StartNew();
        var warm = TimeSpan.FromSeconds(0.1);
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => Count(caller))));
        var seconds = watch.Elapsed - warm;
        return counts.Sum() / seconds.TotalSeconds;

        async Task<long> Count(int caller)
        {
            var counted = 0L;
            for (var n = 0; watch.Elapsed < warm + time; n++)
            {
                var began = watch.Elapsed;
                var done = await operation(caller, n);
                if (done == 0)
                {
                    break;
                }

                counted += began >= warm ? done : 0;
            }

            return counted;
        }
    }
}
