using Lace.Evidence.Transparency.Notes;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>A verified checkpoint as it is stored, with the tag to replace it by.</summary>
internal sealed record StoredCheckpoint(SignedCheckpoint Signed, string ETag)
{
    public long Size => Signed.Checkpoint.Size;
}

/// <summary>The two places of a log's checkpoint: the lock, which decides what the log is, and the public one, which follows.</summary>
internal sealed class LogCheckpoints(IBlobStore blobs, LogPlace place, LogKeys keys, TimeProvider clock)
{
    /// <summary>How far behind the last checkpoint the clock may be. Its time is used then, so that time does not go back.</summary>
    private static readonly TimeSpan MaxClockStep = TimeSpan.FromMinutes(1);

    /// <summary>The lock; a log that was never there begins with a checkpoint of no entries.</summary>
    /// <param name="seen">A checkpoint of this log that was seen before, if there is one: then it is not new, and to begin anew would contradict it.</param>
    public async Task<StoredCheckpoint> LockAsync(StoredCheckpoint? seen, CancellationToken cancellationToken)
    {
        if (await ReadAsync(LogPlace.Lock, cancellationToken) is { } stored)
        {
            return stored;
        }

        if (seen is not null)
        {
            throw new LogStoppedException(
                $"The log {place.Origin} had {seen.Size} entries, but its {LogPlace.Lock} is gone: restore it, or the whole log, from a copy."
            );
        }

        var empty = await SignAsync(new Checkpoint(place.Origin, 0, Checkpoint.EmptyRoot), null, cancellationToken);
        await blobs.PutIfAbsentAsync(place.Blob(LogPlace.Lock), empty.Bytes, cancellationToken);
        return await ReadAsync(LogPlace.Lock, cancellationToken)
            ?? throw new LogStoppedException(
                $"The {LogPlace.Lock} of the log {place.Origin} does not stay where it is put."
            );
    }

    /// <summary>The public checkpoint, or null.</summary>
    public Task<StoredCheckpoint?> PublicAsync(CancellationToken cancellationToken) =>
        ReadAsync(LogPlace.Checkpoint, cancellationToken);

    /// <summary>Signs a checkpoint at a time that is not before that of the one it follows.</summary>
    public async Task<SignedCheckpoint> SignAsync(
        Checkpoint checkpoint,
        SignedCheckpoint? before,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        if (before is not null && now < before.At)
        {
            now =
                before.At - now <= MaxClockStep
                    ? before.At
                    : throw new LogStoppedException(
                        $"The clock says {now:u}, but the last checkpoint of the log {place.Origin} is of {before.At:u}: set the clock right."
                    );
        }

        var at = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        return new SignedCheckpoint(checkpoint, await keys.SignAsync(checkpoint, at, cancellationToken), at);
    }

    /// <summary>Makes it the lock in place of that one; null if somebody else did before.</summary>
    public async Task<StoredCheckpoint?> SwapLockAsync(
        StoredCheckpoint before,
        SignedCheckpoint next,
        CancellationToken cancellationToken
    ) =>
        await blobs.ReplaceAsync(place.Blob(LogPlace.Lock), next.Bytes, before.ETag, cancellationToken) is { } tag
            ? new StoredCheckpoint(next, tag)
            : null;

    /// <summary>Shows it to everybody, unless a later one is shown already.</summary>
    public async Task PublishAsync(SignedCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var blob = place.Blob(LogPlace.Checkpoint);
        while (true)
        {
            var shown = await PublicAsync(cancellationToken);
            if (shown is not null && shown.Size >= checkpoint.Checkpoint.Size)
            {
                RequireSameTree(shown.Signed, checkpoint);
                return;
            }

            var done = shown is null
                ? await blobs.PutIfAbsentAsync(blob, checkpoint.Bytes, cancellationToken)
                : await blobs.ReplaceAsync(blob, checkpoint.Bytes, shown.ETag, cancellationToken) is not null;
            if (done)
            {
                return;
            }
        }
    }

    /// <summary>Two checkpoints of one size have one head, or one of them is a lie.</summary>
    public void RequireSameTree(SignedCheckpoint one, SignedCheckpoint other)
    {
        if (one.Checkpoint.Size == other.Checkpoint.Size && one.Checkpoint.Root != other.Checkpoint.Root)
        {
            throw new LogStoppedException(
                $"The log {place.Origin} has two trees of {one.Checkpoint.Size} entries, {one.Checkpoint.Root} and {other.Checkpoint.Root}: one was shown or locked that is not this log's. Keep both and find out who wrote them."
            );
        }
    }

    private async Task<StoredCheckpoint?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (await blobs.GetAsync(place.Blob(path), cancellationToken) is not { } blob)
        {
            return null;
        }

        var signed =
            keys.Verify(blob.Content)
            ?? throw new LogStoppedException(
                $"The stored {place.Folder}{path} is not signed by the keys of the log {place.Origin}: restore the file or the keys."
            );
        return new StoredCheckpoint(signed, blob.ETag);
    }
}
