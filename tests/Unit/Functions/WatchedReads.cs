using Lace.Platform;

namespace Lace.Tests.Functions;

/// <summary>A double that tells the test of each item before it is read; all else goes to the store.</summary>
internal sealed class WatchedReads(IItemStore items, Func<ItemKey, Task> reading) : IItemStore
{
    public async Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default)
    {
        await reading(key);
        return await items.GetAsync(key, cancellationToken);
    }

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
        items.WriteAsync(write, cancellationToken);

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default) =>
        items.TransactAsync(writes, cancellationToken);

    public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default) =>
        items.QueryAsync(query, cancellationToken);
}
