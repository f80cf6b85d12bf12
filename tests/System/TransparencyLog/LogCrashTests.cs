using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.TransparencyLog;
using Lace.SystemTests.Platform;
using Lace.SystemTests.Platform.Children;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lace.SystemTests.TransparencyLog;

/// <summary>SIGKILL while entries are promised and sequenced on the embedded platform.</summary>
public sealed class LogCrashTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 10;

    private readonly TemporaryFolder folder = new();
    private readonly HashSet<string> promised = [];
    private readonly Dictionary<string, long> told = [];
    private readonly List<Checkpoint> shown = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_promise_is_kept_and_no_checkpoint_contradicted_after_kills()
    {
        var random = new Random(20261120);
        var killedInABatch = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var lines = await RunAndKillAsync(round, random);
            using var platform = EmbeddedPlatform.Open(folder["data"], TimeProvider.System);
            var keys = await LogKeys.OpenAsync(platform.Keys);
            Read(lines, keys);
            killedInABatch += await HasStageAsync(platform.Blobs, new LogPlace(keys.Origin)) ? 1 : 0;
            await CheckAsync(platform, keys);
        }

        output.WriteLine(
            $"{Rounds} kills, {killedInABatch} of them inside a batch: {promised.Count} promises, {told.Count} indices told, {shown.Count} checkpoints shown"
        );
        Assert.True(promised.Count > 0 && told.Count > 0 && shown.Count > 0);
    }

    private async Task<IReadOnlyList<string>> RunAndKillAsync(int round, Random random)
    {
        using var child = Child.Start(nameof(LogPromiser), folder["data"], $"{round}");
        if (round % 5 != 4)
        {
            await child.FirstLine;
        }

        await Task.Delay(random.Next(1000));
        child.Kill();
        return await child.EndAsync();
    }

    private void Read(IReadOnlyList<string> lines, LogKeys keys)
    {
        foreach (var words in lines.Select(line => line.Split(' ')))
        {
            switch (words)
            {
                case ["promised", var name]:
                    promised.Add(name);
                    break;
                case ["told", var name, var index]:
                    told.Add(name, long.Parse(index));
                    break;
                case ["shown", var note]:
                    var signed = keys.Verify(Convert.FromBase64String(note));
                    Assert.NotNull(signed);
                    shown.Add(signed.Checkpoint);
                    break;
                default:
                    Assert.Fail(string.Join(' ', words));
                    break;
            }
        }
    }

    private async Task CheckAsync(EmbeddedPlatform platform, LogKeys keys)
    {
        var place = new LogPlace(keys.Origin);
        using var signal = new LogSignal();
        var clock = TimeProvider.System;
        while (await Start().RunBatchAsync() > 0) { } // each as after a start, which also drops the stages of batches that lost

        var (reader, index) = (
            new LogReader(platform.Blobs, place),
            new LogIndex(platform.Items, place, signal, clock)
        );
        var last = keys.Verify((await reader.CheckpointAsync())!.Value)!.Checkpoint;
        var audit = LogAudit.Run(last.Size, last.Root, ReadFile, Partials());
        Assert.Empty(audit.Findings);
        Assert.False(await HasStageAsync(platform.Blobs, place));
        foreach (var name in promised)
        {
            Assert.NotNull(await index.FindAsync(MerkleTree.HashLeaf(LogPromiser.Body(name))));
        }

        foreach (var (name, number) in told)
        {
            Assert.Equal(number, await index.FindAsync(MerkleTree.HashLeaf(LogPromiser.Body(name))));
        }

        foreach (var earlier in shown.Where(earlier => earlier.Size > 0).DistinctBy(earlier => earlier.Size))
        {
            var proof = await reader.ConsistencyProofAsync(earlier.Size, last.Size);
            Assert.True(MerkleTreeConsistency.Verify(earlier.Size, last.Size, earlier.Root, last.Root, proof));
        }

        Sequencer Start() =>
            new(platform.Items, platform.Blobs, place, keys, signal, clock, NullLogger<Sequencer>.Instance);

        string FileOf(string path) => Path.Combine(folder["data"], "blobs", "service", place.Folder, path);

        byte[]? ReadFile(string path) => File.Exists(FileOf(path)) ? File.ReadAllBytes(FileOf(path)) : null;

        IEnumerable<TilePath> Partials() =>
            Directory
                .EnumerateFiles(FileOf(""), "*", SearchOption.AllDirectories)
                .Select(file =>
                    TilePath.TryParse(Path.GetRelativePath(FileOf(""), file), out var tile) ? tile : (TilePath?)null
                )
                .OfType<TilePath>();
    }

    private static async Task<bool> HasStageAsync(IBlobStore blobs, LogPlace place)
    {
        await foreach (var _ in blobs.ListAsync(TenantId.Service, place.Folder + Stage.Folder))
        {
            return true;
        }

        return false;
    }
}
