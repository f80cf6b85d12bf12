using System.Collections.Concurrent;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Records.Storage;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>What a batch can take: bodies that are not in the tree yet, and the hashes of promises that are in it already.</summary>
internal sealed record PromisedEntries(IReadOnlyList<ReadOnlyMemory<byte>> Bodies, IReadOnlyList<MerkleHash> Repeated);

/// <summary>Reads the outbox and ticks off what is done. Goes through it in rounds, so that no entry waits behind ever new ones.</summary>
internal sealed class Promises(IItemStore items, LogPlace place, ILogger logger)
{
    /// <summary>Entries of one batch, and their bytes. Larger batches take fewer calls an entry, and each waits longer.</summary>
    public const int MaxEntries = 8192;

    private const int MaxBytes = 32 << 20;
    private const int PageItems = 1000;
    private const int CallsAtOnce = 128;
    private const int PairsInTransaction = ItemsInTransaction / 2;
    private const int ItemsInTransaction = 100;

    private readonly HashSet<string> reported = new(StringComparer.Ordinal);
    private string? after;

    /// <summary>The next entries of the round; none if nothing at all is promised.</summary>
    public async Task<PromisedEntries> NextAsync(CancellationToken cancellationToken)
    {
        var began = after;
        var next = await FromHereAsync(cancellationToken);
        return next.Bodies.Count + next.Repeated.Count == 0 && began is not null
            ? await FromHereAsync(cancellationToken)
            : next;
    }

    /// <summary>Writes the indices and removes the promises. Repeating it changes nothing.</summary>
    public Task KeepAsync(IEnumerable<(MerkleHash Hash, long Index)> leaves, CancellationToken cancellationToken) =>
        ManyAsync(
            leaves.Chunk(PairsInTransaction),
            (chunk, cancel) => items.TransactAsync([.. chunk.SelectMany(leaf => Keep(leaf.Hash, leaf.Index))], cancel),
            cancellationToken
        );

    /// <summary>Removes promises of what has an index.</summary>
    public Task DropAsync(IEnumerable<MerkleHash> repeated, CancellationToken cancellationToken) =>
        ManyAsync(
            repeated.Chunk(ItemsInTransaction),
            (chunk, cancel) => items.TransactAsync([.. chunk.Select(hash => Drop(hash))], cancel),
            cancellationToken
        );

    private async Task<PromisedEntries> FromHereAsync(CancellationToken cancellationToken)
    {
        var (found, bytes) = (new List<(MerkleHash Hash, ReadOnlyMemory<byte> Body)>(), 0);
        do
        {
            var limit = Math.Min(PageItems, MaxEntries - found.Count);
            var query = new ItemQuery(TenantId.Service, place.Partition, LogPlace.PendingPrefix, after, limit);
            var page = await items.QueryAsync(query, cancellationToken);
            foreach (var (hash, body) in page.Items.Select(Read).OfType<(MerkleHash, ReadOnlyMemory<byte>)>())
            {
                found.Add((hash, body));
                bytes += body.Length;
            }

            after = page.Next;
        } while (after is not null && found.Count < MaxEntries && bytes < MaxBytes);

        var known = new ConcurrentDictionary<MerkleHash, bool>();
        await Parallel.ForEachAsync(
            found.Select(entry => entry.Hash).Chunk(ItemsInTransaction),
            Options(cancellationToken),
            async (chunk, cancel) => await FindKnownAsync(chunk, known, cancel)
        );
        return new(
            [.. found.Where(entry => !known.ContainsKey(entry.Hash)).Select(entry => entry.Body)],
            [.. known.Keys]
        );
    }

    /// <summary>One call for many hashes where none has an index, which is nearly always: a transaction of conditions alone.</summary>
    private async Task FindKnownAsync(
        MerkleHash[] hashes,
        ConcurrentDictionary<MerkleHash, bool> known,
        CancellationToken cancellationToken
    )
    {
        var absent = hashes.Select(hash => new ItemWrite(place.Leaf(hash), null, WriteCondition.Absent));
        if (await items.TransactAsync([.. absent], cancellationToken))
        {
            return;
        }

        foreach (var hash in hashes)
        {
            if (await items.GetAsync(place.Leaf(hash), cancellationToken) is not null)
            {
                known.TryAdd(hash, true);
            }
        }
    }

    /// <summary>Null for an item that no promise wrote: it stays where it is, and the others go on.</summary>
    private (MerkleHash Hash, ReadOnlyMemory<byte> Body)? Read(Item item)
    {
        try
        {
            var body = item.Read(LogStorageJson.Default.StoredEntry).Body;
            var hash = MerkleTree.HashLeaf(body.Span);
            if (body.Length is > 0 and <= PendingEntries.MaxBytes && place.Pending(hash) == item.Key)
            {
                return (hash, body);
            }
        }
        catch (InvalidDataException)
        {
            // reported below
        }

        if (reported.Add(item.Key.Sort))
        {
            Log.PromiseUnreadable(logger, place.Origin, item.Key.Sort);
        }

        return null;
    }

    private ItemWrite[] Keep(MerkleHash hash, long index) =>
        [
            ItemWrite.Put(
                place.Leaf(hash),
                JsonSerializer.Serialize(new StoredIndex(index), LogStorageJson.Default.StoredIndex)
            ),
            Drop(hash),
        ];

    private ItemWrite Drop(MerkleHash hash) => new(place.Pending(hash), null, WriteCondition.None);

    private static Task ManyAsync<T>(
        IEnumerable<T> chunks,
        Func<T, CancellationToken, Task<bool>> write,
        CancellationToken cancellationToken
    ) =>
        Parallel.ForEachAsync(
            chunks,
            Options(cancellationToken),
            async (chunk, cancel) =>
            {
                if (!await write(chunk, cancel))
                {
                    throw new StorageException("A write without a condition was refused by the item store.");
                }
            }
        );

    private static ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellationToken };
}
