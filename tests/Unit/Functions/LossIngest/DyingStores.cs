using Lace.Platform;

namespace Lace.Tests.Functions.LossIngest;

/// <summary>The process dies here.</summary>
internal sealed class ProcessDied() : Exception("The process died.");

/// <summary>Counts the writes of two stores and dies before or after one of them: fault injection, not a store of its own.</summary>
internal sealed class DyingStores(IItemStore items, IBlobStore blobs, int dieAt, bool afterTheWrite)
    : IItemStore,
        IBlobStore
{
    private int writes;

    public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default) =>
        items.GetAsync(key, cancellationToken);

    public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default) =>
        items.QueryAsync(query, cancellationToken);

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
        DieAround(() => items.WriteAsync(write, cancellationToken));

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default) =>
        DieAround(() => items.TransactAsync(writes, cancellationToken));

    public Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    ) => DieAround(() => blobs.PutIfAbsentAsync(key, content, cancellationToken));

    public Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    ) => DieAround(() => blobs.ReplaceAsync(key, content, etag, cancellationToken));

    public Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        blobs.GetAsync(key, cancellationToken);

    public Task<ReadOnlyMemory<byte>?> GetRangeAsync(
        BlobKey key,
        long offset,
        int length,
        CancellationToken cancellationToken = default
    ) => blobs.GetRangeAsync(key, offset, length, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(
        TenantId tenant,
        string prefix,
        CancellationToken cancellationToken = default
    ) => blobs.ListAsync(tenant, prefix, cancellationToken);

    public Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        blobs.DeleteAsync(key, cancellationToken);

    private async Task<T> DieAround<T>(Func<Task<T>> write)
    {
        var mine = writes++;
        if (mine == dieAt && !afterTheWrite)
        {
            throw new ProcessDied();
        }

        var result = await write();
        return mine == dieAt ? throw new ProcessDied() : result;
    }
}

/// <summary>Fails every write to one run's items: fault injection.</summary>
internal sealed class FailingItemStore(IItemStore items, string runId) : IItemStore
{
    public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default) =>
        items.GetAsync(key, cancellationToken);

    public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default) =>
        items.QueryAsync(query, cancellationToken);

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
        TransactAsync([write], cancellationToken);

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default) =>
        writes.Any(write => write.Key.Partition == "RUN#" + runId)
            ? throw new StorageFullException("There is no space left for this run.")
            : items.TransactAsync(writes, cancellationToken);
}
