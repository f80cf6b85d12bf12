using System.Diagnostics;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.TransparencyLog;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lace.Benchmarks;

/// <summary>
/// The transparency log: tiles in memory; the whole way from a promise to a public index on stores whose every call takes a while, as
/// a remote store's does; proofs out of tiles.
/// </summary>
internal static class LogBenchmark
{
    public const string Name = "log";

    private const int Leaves = 1_000_000;
    private const int EntryBytes = 700; // a Rekor v2 body has about as many

    /// <param name="args">Seconds of load (20), entries a second that are offered (6000), milliseconds of every storage call (20).</param>
    public static async Task<int> Run(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0]) : 20;
        var offered = args.Length > 1 ? int.Parse(args[1]) : 6000;
        var latency = TimeSpan.FromMilliseconds(args.Length > 2 ? int.Parse(args[2]) : 20);
        var log = Tiles();
        Proofs(log);
        await SequenceAsync(latency, offered, seconds);
        return 0;
    }

    private static Dictionary<TilePath, ReadOnlyMemory<byte>> Tiles()
    {
        var entry = new byte[EntryBytes];
        new Random(1).NextBytes(entry);
        for (var warm = new TileWriter(); warm.Size < 100_000; )
        {
            warm.Append(entry);
        }

        var (writer, tiles) = (new TileWriter(), new Dictionary<TilePath, ReadOnlyMemory<byte>>());
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Leaves; i++)
        {
            BitConverter.TryWriteBytes(entry, i);
            writer.Append(entry);
            if (i % 4096 == 0)
            {
                Keep(writer.TakeFull());
            }
        }

        Keep(writer.TakeFull());
        Keep(writer.Edge());
        var head = writer.Head();
        var taken = watch.Elapsed.TotalSeconds;
        Console.WriteLine(
            $"log: {Leaves} entries of {EntryBytes} bytes appended in memory with all tiles and bundles, one core: {Leaves / taken:0} a second"
        );

        watch.Restart();
        var files = tiles.ToDictionary(tile => tile.Key.ToString(), tile => tile.Value.ToArray());
        watch.Restart();
        var audit = LogAudit.Run(Leaves, head, path => files.GetValueOrDefault(path));
        Console.WriteLine(
            $"log: the same log audited from memory: {Leaves / watch.Elapsed.TotalSeconds:0} entries a second, {audit.Files} files, {audit.Findings.Count} findings"
        );
        return tiles;

        void Keep(IEnumerable<Tile> some)
        {
            foreach (var tile in some)
            {
                tiles.Add(tile.Path, tile.Content);
            }
        }
    }

    private static void Proofs(Dictionary<TilePath, ReadOnlyMemory<byte>> tiles)
    {
        const int count = 20_000;
        var random = new Random(2);
        var head = TileProof.Head(Leaves).Compute(path => tiles[path])[0];
        var watch = new Stopwatch();
        var read = 0L;
        for (var i = -1000; i < count; i++)
        {
            if (i == 0)
            {
                watch.Start();
                read = 0;
            }

            var index = random.NextInt64(Leaves);
            var proof = TileProof.Inclusion(index, Leaves);
            read += proof.Tiles.Count;
            var hashes = proof.Compute(path => tiles[path]);
            if (i % 1000 == 0 && !MerkleTree.VerifyInclusion(LeafAt(index), index, Leaves, hashes, head))
            {
                throw new InvalidOperationException("The proof does not hold.");
            }
        }

        Console.WriteLine(
            $"log: inclusion proof out of tiles in memory, {Leaves} entries: {watch.Elapsed.TotalMilliseconds / count:0.000} ms, {(double)read / count:0.0} tiles"
        );

        MerkleHash LeafAt(long index) =>
            Tile.HashAt(
                tiles[TilePath.Hashes(0, index / 256, TilePath.WidthAt(Leaves, 0, index / 256))].Span,
                (int)(index % 256)
            );
    }

    /// <summary>Offers entries evenly while a sequencer runs, and looks when each is public with its index.</summary>
    private static async Task SequenceAsync(TimeSpan latency, int offered, int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
        try
        {
            using var platform = EmbeddedPlatform.Open(folder, TimeProvider.System);
            var stores = new SlowStores(latency);
            var keys = await LogKeys.OpenAsync(platform.Keys);
            var place = new LogPlace(keys.Origin);
            using var signal = new LogSignal();
            var sequencer = new Sequencer(
                stores,
                stores,
                place,
                keys,
                signal,
                TimeProvider.System,
                NullLogger<Sequencer>.Instance
            );
            var total = offered * seconds;
            var load = new LogLoad(new PendingEntries(place), stores, total, EntryBytes);
            stores.IndexWritten = load.Published;
            var watch = Stopwatch.StartNew();
            var offering = load.OfferAsync(offered, watch);
            var batches = 0;
            while (load.Done < total)
            {
                batches += await sequencer.RunBatchAsync() > 0 ? 1 : 0;
            }

            var taken = watch.Elapsed;
            await offering;
            Console.WriteLine(
                $"log: every storage call takes {latency.TotalMilliseconds:0} ms; {offered} entries a second offered for {seconds} s: {total / taken.TotalSeconds:0} a second sustained to the public index, {batches} batches, {stores.Calls} storage calls"
            );
            Console.WriteLine(
                $"log: from the committed promise to the public index: p50 {load.Percentile(0.5):0} ms, p99 {load.Percentile(0.99):0} ms"
            );
            await CheckAsync(stores, place, keys, total);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CheckAsync(SlowStores stores, LogPlace place, LogKeys keys, int total)
    {
        var note = await new LogReader(stores, place).CheckpointAsync();
        var checkpoint = keys.Verify(note!.Value)!.Checkpoint;
        var audit = LogAudit.Run(checkpoint.Size, checkpoint.Root, path => stores.Find(place.Folder + path));
        Console.WriteLine($"log: fsck of it: {audit.Entries} of {total} entries, {audit.Findings.Count} findings");
    }
}
