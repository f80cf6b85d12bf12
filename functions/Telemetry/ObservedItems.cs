using Lace.Platform;

namespace Lace.Functions.Telemetry;

/// <summary>The item store with its calls in traces, and its failures counted.</summary>
internal sealed class ObservedItems(IItemStore items, Metrics metrics) : IItemStore
{
    private readonly ObservedCalls calls = new("items", Metric.StoreFailures, metrics);

    public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default) =>
        calls.RunAsync("get", () => items.GetAsync(key, cancellationToken));

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
        calls.RunAsync("write", () => items.WriteAsync(write, cancellationToken));

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default) =>
        calls.RunAsync("transact", () => items.TransactAsync(writes, cancellationToken));

    public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default) =>
        calls.RunAsync("query", () => items.QueryAsync(query, cancellationToken));
}
