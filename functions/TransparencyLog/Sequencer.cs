using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>Takes what was promised into the tree and publishes it (docs/formats/log.md, "One batch").</summary>
/// <remarks>
/// The swap of the lock decides; what is before it can be lost, what is after it is repeated from the stage by whoever comes next.
/// So any number of sequencers may run at once, in any processes: they lose time, nothing else. One object is for one caller.
/// </remarks>
internal sealed class Sequencer(
    IItemStore items,
    IBlobStore blobs,
    LogPlace place,
    LogKeys keys,
    LogSignal signal,
    TimeProvider clock,
    ILogger<Sequencer> logger
)
{
    private const int PutsAtOnce = 64;

    private readonly LogCheckpoints checkpoints = new(blobs, place, keys, clock);
    private readonly Promises promises = new(items, place, logger);

    // The lock up to which everything is written and public, and the right edge there; null where that is to be found out.
    private (StoredCheckpoint Lock, TileWriter Edge)? state;

    /// <summary>One batch.</summary>
    /// <returns>How many entries are new in the tree and public; 0 if nothing was promised, and then nothing was written.</returns>
    /// <exception cref="LogStoppedException">The storage contradicts what the log has shown.</exception>
    /// <exception cref="StorageException">The storage failed; calling again continues where it was.</exception>
    public async Task<int> RunBatchAsync(CancellationToken cancellationToken = default)
    {
        var known = state;
        state = null; // whatever goes wrong below, the next call begins by looking
        while (true)
        {
            known = await CurrentAsync(known, cancellationToken); // (1)
            var promised = await promises.NextAsync(cancellationToken); // (2): after (1), so that a won swap means that it was complete
            await promises.DropAsync(promised.Repeated, cancellationToken);
            if (promised.Bodies.Count == 0)
            {
                state = known;
                return 0;
            }

            known = await AppendAsync(known.Value.Lock, known.Value.Edge.Copy(), promised.Bodies, cancellationToken);
            if (known is not null)
            {
                state = known;
                return promised.Bodies.Count;
            }
        }
    }

    /// <summary>Steps (3) to (9); null where another sequencer swapped the lock first.</summary>
    private async Task<(StoredCheckpoint, TileWriter)?> AppendAsync(
        StoredCheckpoint before,
        TileWriter edge,
        IReadOnlyList<ReadOnlyMemory<byte>> bodies,
        CancellationToken cancellationToken
    )
    {
        foreach (var body in bodies)
        {
            edge.Append(body.Span);
        }

        var checkpoint = new Checkpoint(place.Origin, edge.Size, edge.Head());
        var signed = await checkpoints.SignAsync(checkpoint, before.Signed, cancellationToken); // (3)
        var stage = await PutStageAsync(Stage.Of(before.Size, edge), checkpoint, cancellationToken); // (4)
        if (await checkpoints.SwapLockAsync(before, signed, cancellationToken) is not { } next) // (5)
        {
            Log.LogBatchLost(logger, place.Origin, before.Size);
            return null;
        }

        await FinishAsync(next.Signed, stage, cancellationToken);
        return (next, edge);
    }

    /// <summary>Steps (6) to (9). Safe to repeat, and to do in two processes at once.</summary>
    private async Task FinishAsync(SignedCheckpoint next, Stage stage, CancellationToken cancellationToken)
    {
        var limit = new ParallelOptions { MaxDegreeOfParallelism = PutsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(stage.Tiles, limit, async (tile, cancel) => await PutTileAsync(tile, cancel)); // (6)
        await checkpoints.PublishAsync(next, cancellationToken); // (7)
        await promises.KeepAsync(stage.Leaves(), cancellationToken); // (8)
        signal.Publish();
        Log.LogBatchPublished(logger, place.Origin, stage.Size - stage.From, stage.Size);
        await blobs.DeleteAsync(place.Blob(Stage.Path(stage.Size, next.Checkpoint.Root)), cancellationToken); // (9)
    }

    /// <summary>The lock and the edge behind which nothing is unfinished.</summary>
    private async Task<(StoredCheckpoint Lock, TileWriter Edge)> CurrentAsync(
        (StoredCheckpoint Lock, TileWriter Edge)? known,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            // The public one first: it follows the lock, so a lock that is read later can only be level or ahead.
            var shown = known is null ? await checkpoints.PublicAsync(cancellationToken) : null;
            var current = await checkpoints.LockAsync(known?.Lock ?? shown, cancellationToken);
            if (known is { } same && same.Lock.ETag == current.ETag)
            {
                return same;
            }

            RequireNotAhead(shown, current);
            if (await TryCompleteAsync(current, cancellationToken))
            {
                await DropOldStagesAsync(current.Size, cancellationToken);
                return (current, await EdgeAsync(current, cancellationToken));
            }
        }
    }

    /// <summary>False where the lock has moved on meanwhile.</summary>
    private async Task<bool> TryCompleteAsync(StoredCheckpoint current, CancellationToken cancellationToken)
    {
        var path = Stage.Path(current.Size, current.Signed.Checkpoint.Root);
        if (await blobs.GetAsync(place.Blob(path), cancellationToken) is { } blob)
        {
            var stage = Stage.Parse(blob.Content);
            if (stage is null || stage.Size != current.Size)
            {
                throw new LogStoppedException(
                    $"The object {place.Folder}{path} of the log {place.Origin} is damaged: restore it from a copy."
                );
            }

            Log.LogBatchRepeated(logger, place.Origin, stage.Size);
            await FinishAsync(current.Signed, stage, cancellationToken);
            return true;
        }

        if (current.Size == 0)
        {
            await checkpoints.PublishAsync(current.Signed, cancellationToken);
            return true;
        }

        // Whoever deletes a stage has published before, so without one the public checkpoint is level, or the lock is older.
        var shown = await checkpoints.PublicAsync(cancellationToken);
        if (shown is null || shown.Size < current.Size)
        {
            throw new LogStoppedException(
                $"The log {place.Origin} is locked at {current.Size} entries and shows {shown?.Size ?? 0}, but {place.Folder}{path}, which holds the difference, is gone: restore it from a copy."
            );
        }

        checkpoints.RequireSameTree(shown.Signed, current.Signed);
        return shown.Size == current.Size;
    }

    private void RequireNotAhead(StoredCheckpoint? shown, StoredCheckpoint current)
    {
        if (shown is null)
        {
            return;
        }

        checkpoints.RequireSameTree(shown.Signed, current.Signed);
        if (shown.Size > current.Size)
        {
            throw new LogStoppedException(
                $"The log {place.Origin} has shown {shown.Size} entries, but its {LogPlace.Lock} has {current.Size}: an older copy was restored. Restore the newest one of the whole log."
            );
        }
    }

    private async Task<TileWriter> EdgeAsync(StoredCheckpoint current, CancellationToken cancellationToken)
    {
        var contents = new Dictionary<TilePath, ReadOnlyMemory<byte>?>();
        foreach (var path in TileWriter.EdgeOf(current.Size))
        {
            contents[path] = (await blobs.GetAsync(place.Blob(path.ToString()), cancellationToken))?.Content;
        }

        return TileWriter.Resume(current.Size, current.Signed.Checkpoint.Root, path => contents[path])
            ?? throw new LogStoppedException(
                $"The last tiles of the log {place.Origin} do not give the head of its checkpoint of {current.Size} entries: run `lace log fsck` and restore what it names."
            );
    }

    /// <summary>Stages of batches that lost. A later swap to one of these sizes is impossible: sizes only grow.</summary>
    private async Task DropOldStagesAsync(long size, CancellationToken cancellationToken)
    {
        var folder = place.Folder + Stage.Folder;
        var old = new List<string>();
        await foreach (var path in blobs.ListAsync(TenantId.Service, folder, cancellationToken))
        {
            if (Stage.SizeOf(path[folder.Length..]) <= size)
            {
                old.Add(path);
            }
        }

        foreach (var path in old)
        {
            await blobs.DeleteAsync(new BlobKey(TenantId.Service, path), cancellationToken);
        }
    }

    /// <returns>The stage that is stored: ours, or another's that leads to the same tree.</returns>
    private async Task<Stage> PutStageAsync(Stage stage, Checkpoint next, CancellationToken cancellationToken)
    {
        var path = place.Blob(Stage.Path(next.Size, next.Root));
        var bytes = stage.ToBytes();
        while (!await blobs.PutIfAbsentAsync(path, bytes, cancellationToken))
        {
            if (await blobs.GetAsync(path, cancellationToken) is { } there)
            {
                return Stage.Parse(there.Content) is { } other && other.Covers(stage)
                    ? other
                    : throw new LogStoppedException(
                        $"The object {path.Path} of the log {place.Origin} holds another batch than its name says: keep it and find out who wrote it."
                    );
            }
        }

        return stage;
    }

    private async Task PutTileAsync(Tile tile, CancellationToken cancellationToken)
    {
        var path = place.Blob(tile.Path.ToString());
        if (
            !await blobs.PutIfAbsentAsync(path, tile.Content, cancellationToken)
            && await blobs.GetAsync(path, cancellationToken) is { } there
            && !there.Content.Span.SequenceEqual(tile.Content.Span)
        )
        {
            throw new LogStoppedException(
                $"{path.Path} of the log {place.Origin} has other bytes than this log gives it, and is never changed: run `lace log fsck` and restore what it names."
            );
        }
    }
}
