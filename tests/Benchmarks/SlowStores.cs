using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Benchmarks;

/// <summary>A stand-in for remote stores: in memory, and every call takes so long before it takes effect.</summary>
internal sealed class SlowStores(TimeSpan latency) : IItemStore, IBlobStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Item> pending = new(StringComparer.Ordinal);
    private readonly Dictionary<ItemKey, Item> others = [];
    private readonly ConcurrentDictionary<string, Blob> blobs = new(StringComparer.Ordinal);
    private long calls;

    public Action<string> IndexWritten { get; set; } = _ => { };

    public long Calls => Interlocked.Read(ref calls);

    public byte[]? Find(string path) => blobs.TryGetValue(path, out var blob) ? blob.Content.ToArray() : null;

    public async Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default)
    {
        await PauseAsync(cancellationToken);
        lock (gate)
        {
            return IsPending(key) ? pending.GetValueOrDefault(key.Sort) : others.GetValueOrDefault(key);
        }
    }

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
        TransactAsync([write], cancellationToken);

    public async Task<bool> TransactAsync(
        IReadOnlyList<ItemWrite> writes,
        CancellationToken cancellationToken = default
    )
    {
        await PauseAsync(cancellationToken);
        lock (gate)
        {
            if (writes.Any(write => write.Condition == WriteCondition.Absent && others.ContainsKey(write.Key)))
            {
                return false;
            }

            foreach (var write in writes.Where(write => write.Condition == WriteCondition.None))
            {
                Apply(write);
            }
        }

        foreach (var write in writes.Where(write => write.Document is not null && !IsPending(write.Key)))
        {
            IndexWritten(write.Key.Sort);
        }

        return true;
    }

    public async Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default)
    {
        await PauseAsync(cancellationToken);
        lock (gate)
        {
            // The log asks for nothing but promises, and those are worked off, so going through them is cheap enough.
            var found = pending
                .Where(item => query.After is null || string.CompareOrdinal(item.Key, query.After) > 0)
                .Take(query.Limit + 1)
                .Select(item => item.Value)
                .ToList();
            return found.Count > query.Limit
                ? new ItemPage(found[..^1], found[^2].Key.Sort)
                : new ItemPage(found, null);
        }
    }

    public async Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    )
    {
        await PauseAsync(cancellationToken);
        return blobs.TryAdd(key.Path, Made(content));
    }

    public async Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    )
    {
        await PauseAsync(cancellationToken);
        var blob = Made(content);
        return
            blobs.TryGetValue(key.Path, out var current)
            && current.ETag == etag
            && blobs.TryUpdate(key.Path, blob, current)
            ? blob.ETag
            : null;
    }

    public async Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default)
    {
        await PauseAsync(cancellationToken);
        return blobs.GetValueOrDefault(key.Path);
    }

    public Task<ReadOnlyMemory<byte>?> GetRangeAsync(
        BlobKey key,
        long offset,
        int length,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public async IAsyncEnumerable<string> ListAsync(
        TenantId tenant,
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await PauseAsync(cancellationToken);
        foreach (
            var path in blobs
                .Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            yield return path;
        }
    }

    public async Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default)
    {
        await PauseAsync(cancellationToken);
        blobs.TryRemove(key.Path, out _);
    }

    private Task PauseAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref calls);
        return Task.Delay(latency, cancellationToken);
    }

    private void Apply(ItemWrite write)
    {
        if (write.Document is null)
        {
            pending.Remove(write.Key.Sort);
            return;
        }

        var item = new Item(write.Key, write.Document, 1);
        if (IsPending(write.Key))
        {
            pending[write.Key.Sort] = item;
        }
        else
        {
            others[write.Key] = item;
        }
    }

    private static bool IsPending(ItemKey key) => key.Sort.StartsWith(LogPlace.PendingPrefix, StringComparison.Ordinal);

    private static Blob Made(ReadOnlyMemory<byte> content) =>
        new(content.ToArray(), Convert.ToHexString(SHA256.HashData(content.Span)));
}
