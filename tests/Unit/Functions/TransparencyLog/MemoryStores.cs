using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Lace.Platform;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>A test double: both stores in memory, with the embedded adapters' rules as far as the log uses them.</summary>
internal sealed class MemoryStores : IItemStore, IBlobStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Item> items = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> blobs = new(StringComparer.Ordinal);

    /// <summary>Called inside every store call, before it takes effect, with what it is: where faults and other sequencers come in.</summary>
    public Func<string, Func<Task>, Task> Around { get; set; } = (_, effect) => effect();

    /// <summary>Told of every blob that is written, in order.</summary>
    public Action<string, byte[]> BlobWritten { get; set; } = (_, _) => { };

    /// <summary>Told of every item that is written, in order.</summary>
    public Action<ItemKey, string> ItemWritten { get; set; } = (_, _) => { };

    public IReadOnlyDictionary<string, byte[]> Blobs
    {
        get
        {
            lock (gate)
            {
                return new Dictionary<string, byte[]>(blobs);
            }
        }
    }

    public MemoryStores Clone()
    {
        var copy = new MemoryStores();
        lock (gate)
        {
            foreach (var (key, item) in items)
            {
                copy.items.Add(key, item);
            }

            foreach (var (path, content) in blobs)
            {
                copy.blobs.Add(path, content);
            }
        }

        return copy;
    }

    /// <summary>Writes a blob past all rules, as a damaged disk or an attacker does; null removes it.</summary>
    public void Tamper(string path, byte[]? content)
    {
        lock (gate)
        {
            blobs.Remove(path);
            if (content is not null)
            {
                blobs.Add(path, content);
            }
        }
    }

    public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default) =>
        RunAsync($"get {key.Sort}", () => items.GetValueOrDefault(Name(key)));

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
        TransactAsync([write], cancellationToken);

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default) =>
        RunAsync(
            $"transact {writes[0].Key.Sort}",
            () =>
            {
                Assert.InRange(writes.Count, 1, 100);
                Assert.Equal(writes.Count, writes.Select(write => write.Key).Distinct().Count());
                if (!writes.All(Holds))
                {
                    return false;
                }

                foreach (
                    var write in writes.Where(write =>
                        write.Document is not null || write.Condition != WriteCondition.Absent
                    )
                )
                {
                    Apply(write);
                }

                return true;
            }
        );

    public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default) =>
        RunAsync(
            "query",
            () =>
            {
                var prefix = Name(new ItemKey(query.Tenant, query.Partition, query.Prefix));
                var found = items
                    .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(item => item.Value)
                    .Where(item => query.After is null || string.CompareOrdinal(item.Key.Sort, query.After) > 0)
                    .Take(query.Limit + 1)
                    .ToList();
                return found.Count > query.Limit
                    ? new ItemPage(found[..^1], found[^2].Key.Sort)
                    : new ItemPage(found, null);
            }
        );

    public Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    ) =>
        RunAsync(
            $"put {key.Path}",
            () =>
            {
                var added = blobs.TryAdd(key.Path, content.ToArray());
                if (added)
                {
                    BlobWritten(key.Path, content.ToArray());
                }

                return added;
            }
        );

    public Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    ) =>
        RunAsync(
            $"replace {key.Path}",
            () =>
            {
                if (!blobs.TryGetValue(key.Path, out var current) || Tag(current) != etag)
                {
                    return null;
                }

                blobs[key.Path] = content.ToArray();
                BlobWritten(key.Path, content.ToArray());
                return Tag(content.Span);
            }
        );

    public Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        RunAsync(
            $"get {key.Path}",
            () => blobs.TryGetValue(key.Path, out var content) ? new Blob(content, Tag(content)) : null
        );

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
        var paths = await RunAsync("list", () => blobs.Keys.ToList());
        foreach (var path in paths.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return path;
        }
    }

    public Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        RunAsync($"delete {key.Path}", () => blobs.Remove(key.Path));

    private async Task<T> RunAsync<T>(string what, Func<T> call)
    {
        T result = default!;
        await Around(
            what,
            () =>
            {
                lock (gate)
                {
                    result = call();
                }

                return Task.CompletedTask;
            }
        );
        return result;
    }

    private bool Holds(ItemWrite write) =>
        write.Condition switch
        {
            WriteCondition.None => true,
            WriteCondition.Absent => !items.ContainsKey(Name(write.Key)),
            _ => items.TryGetValue(Name(write.Key), out var item) && item.Version == write.ExpectedVersion,
        };

    private void Apply(ItemWrite write)
    {
        var version = items.TryGetValue(Name(write.Key), out var item) ? item.Version : 0;
        items.Remove(Name(write.Key));
        if (write.Document is { } document)
        {
            items.Add(Name(write.Key), new Item(write.Key, document, version + 1));
            ItemWritten(write.Key, document);
        }
    }

    private static string Name(ItemKey key) => $"{key.Tenant}\n{key.Partition}\n{key.Sort}";

    private static string Tag(ReadOnlySpan<byte> content) => Convert.ToHexString(SHA256.HashData(content));
}
