using System.Text;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.TransparencyLog;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>A log on stores in memory, what was promised to it, and everything that it ever showed.</summary>
internal sealed class LogWorld
{
    public static readonly LogKeys Keys = LogKeys.OpenAsync(new MemorySigningKeys()).Result;
    private static readonly LogPlace Place = new(Keys.Origin);

    private readonly List<Checkpoint> shown = [];
    private readonly Dictionary<string, long> told = [];
    private readonly Dictionary<MerkleHash, byte[]> promised = [];

    public LogWorld(MemoryStores? stores = null)
    {
        Stores = stores ?? new MemoryStores();
        if (Stores.Blobs.TryGetValue(PathOf(LogPlace.Checkpoint), out var note))
        {
            shown.Add(Read(note));
        }

        Stores.BlobWritten = Saw;
        Stores.ItemWritten = Saw;
    }

    public MemoryStores Stores { get; }

    public ManualClock Clock { get; } = new();

    public LogSignal Signal { get; } = new();

    public IReadOnlyList<Checkpoint> Shown => shown;

    public LogReader Reader => new(Stores, Place);

    public LogIndex Index => new(Stores, Place, Signal, TimeProvider.System);

    public static string PathOf(string path) => Place.Folder + path;

    /// <summary>A sequencer as after a start of the process.</summary>
    public Sequencer Sequencer() => new(Stores, Stores, Place, Keys, Signal, Clock, NullLogger<Sequencer>.Instance);

    public async Task PromiseAsync(params IEnumerable<string> bodies)
    {
        foreach (var body in bodies.Select(Encoding.UTF8.GetBytes))
        {
            Assert.True(await Stores.WriteAsync(new PendingEntries(Place).Promise(body)));
            promised[MerkleTree.HashLeaf(body)] = body;
        }
    }

    /// <summary>After all faults: everything promised is in the tree once, under the index that was told, and nothing shown is contradicted.</summary>
    public async Task AssertWholeAsync()
    {
        Stores.Around = (_, effect) => effect();
        var last = shown[^1];
        var files = Stores.Blobs;
        var partials = files
            .Keys.Select(path => TilePath.TryParse(path[PathOf("").Length..], out var tile) ? tile : (TilePath?)null)
            .OfType<TilePath>();
        var audit = LogAudit.Run(last.Size, last.Root, path => files.GetValueOrDefault(PathOf(path)), partials);
        Assert.Empty(audit.Findings);
        Assert.Equal(last.Size, audit.Entries);
        Assert.DoesNotContain(files.Keys, path => path.StartsWith(PathOf(Stage.Folder), StringComparison.Ordinal));
        Assert.Equal(last.Root, Read(files[PathOf(LogPlace.Lock)]).Root);

        var indices = new HashSet<long>();
        foreach (var (hash, body) in promised)
        {
            var index = await Index.FindAsync(hash);
            Assert.NotNull(index);
            Assert.True(indices.Add(index.Value));
            Assert.Equal(body, Entry(index.Value, last.Size, files));
            var proof = await Reader.InclusionProofAsync(index.Value, last.Size);
            Assert.True(MerkleTree.VerifyInclusion(hash, index.Value, last.Size, proof, last.Root));
        }

        Assert.Equal(last.Size, Leaves(last.Size, files).Distinct().Count());
        Assert.All(told, entry => Assert.Contains(entry.Value, indices));
        var pending = new ItemQuery(TenantId.Service, Place.Partition, LogPlace.PendingPrefix);
        Assert.Empty((await Stores.QueryAsync(pending)).Items);
        foreach (var earlier in shown.Where(earlier => earlier.Size > 0))
        {
            var proof = await Reader.ConsistencyProofAsync(earlier.Size, last.Size);
            Assert.True(
                MerkleTreeConsistency.Verify(earlier.Size, last.Size, earlier.Root, last.Root, proof),
                $"What was shown at {earlier.Size} is not a part of what is shown at {last.Size}."
            );
        }
    }

    public static Checkpoint Read(byte[] note)
    {
        var signed = Keys.Verify(note);
        Assert.NotNull(signed);
        return signed.Checkpoint;
    }

    private static byte[] Entry(long index, long size, IReadOnlyDictionary<string, byte[]> files)
    {
        var path = TilePath.Entries(index / 256, TilePath.WidthAt(size, 0, index / 256));
        return EntryBundle.Read(files[PathOf(path.ToString())], path.Width)![(int)(index % 256)].ToArray();
    }

    private static IEnumerable<MerkleHash> Leaves(long size, IReadOnlyDictionary<string, byte[]> files) =>
        from bundle in Enumerable.Range(0, (int)((size + 255) / 256))
        let width = TilePath.WidthAt(size, 0, bundle)
        let tile = files[PathOf(TilePath.Hashes(0, bundle, width).ToString())]
        from position in Enumerable.Range(0, width)
        select Tile.HashAt(tile, position);

    private void Saw(string path, byte[] content)
    {
        if (path == PathOf(LogPlace.Checkpoint))
        {
            var checkpoint = Read(content);
            Assert.True(shown.Count == 0 || checkpoint.Size > shown[^1].Size, "The public checkpoint went back.");
            shown.Add(checkpoint);
        }
    }

    /// <summary>An index is told by the item that holds it: from then on it is public and stays.</summary>
    private void Saw(ItemKey key, string document)
    {
        if (key.Sort.StartsWith(LogPlace.LeafPrefix, StringComparison.Ordinal))
        {
            var index = JsonDocument.Parse(document).RootElement.GetProperty("index").GetInt64();
            Assert.True(index < shown[^1].Size, "An index was told before its checkpoint was shown.");
            Assert.True(told.TryAdd(key.Sort, index) || told[key.Sort] == index, "An index changed.");
        }
    }
}
