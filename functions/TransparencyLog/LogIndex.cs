using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Records.Storage;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>Which index an entry has. What is found here is covered by the public checkpoint and never changes.</summary>
/// <param name="own">Where nothing runs beside the requests, as on Lambda: who waits makes the batches. Rivals lose time, nothing else.</param>
internal sealed class LogIndex(
    IItemStore items,
    LogPlace place,
    LogSignal signal,
    TimeProvider clock,
    SequencerPass? own = null
)
{
    /// <summary>How often another process's progress is looked for; this process's is told by the signal.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>The index of the entry with that leaf hash; null while it is not published.</summary>
    public async Task<long?> FindAsync(MerkleHash leafHash, CancellationToken cancellationToken = default) =>
        await items.GetAsync(place.Leaf(leafHash), cancellationToken) is { } item
            ? item.Read(LogStorageJson.Default.StoredIndex).Index
            : null;

    /// <summary>
    /// Waits until all these entries, promised before in a committed transaction, are published; null if one still is not after
    /// <paramref name="timeout"/>: the promises hold all the same. Where one is not, the sequencer is woken, or one batch made
    /// where nothing runs beside the requests: even if the time is zero, so that asking again is worth while.
    /// </summary>
    public async Task<IReadOnlyDictionary<MerkleHash, long>?> WaitAsync(
        IReadOnlyCollection<MerkleHash> leafHashes,
        TimeSpan timeout,
        CancellationToken cancellationToken = default
    )
    {
        var began = clock.GetTimestamp();
        var found = new Dictionary<MerkleHash, long>();
        for (var look = 0; ; look++)
        {
            var published = signal.Published; // before looking, so that what is published meanwhile is not slept through
            foreach (var hash in leafHashes)
            {
                if (!found.ContainsKey(hash) && await FindAsync(hash, cancellationToken) is { } index)
                {
                    found.Add(hash, index);
                }
            }

            if (leafHashes.All(found.ContainsKey))
            {
                return found;
            }

            if (look == 0)
            {
                signal.Wake();
            }

            var left = timeout - clock.GetElapsedTime(began);
            var advance = own is not null && (look == 0 || left > TimeSpan.Zero);
            if (advance && await own!.RunAsync(cancellationToken) == TimeSpan.Zero)
            {
                continue;
            }

            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            var pause = Task.Delay(left < BetweenLooks ? left : BetweenLooks, clock, cancellationToken);
            await Task.WhenAny(published, pause);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
