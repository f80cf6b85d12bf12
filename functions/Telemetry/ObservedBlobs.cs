using Lace.Platform;

namespace Lace.Functions.Telemetry;

/// <summary>The blob store with its calls in traces, and its failures counted. A listing is no span: it lasts as long as its reader likes.</summary>
internal sealed class ObservedBlobs(IBlobStore blobs, Metrics metrics) : IBlobStore
{
    private readonly ObservedCalls calls = new("blobs", Metric.StoreFailures, metrics);

    public Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("put", () => blobs.PutIfAbsentAsync(key, content, cancellationToken));

    public Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("replace", () => blobs.ReplaceAsync(key, content, etag, cancellationToken));

    public Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        calls.RunAsync("get", () => blobs.GetAsync(key, cancellationToken));

    public Task<ReadOnlyMemory<byte>?> GetRangeAsync(
        BlobKey key,
        long offset,
        int length,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("get range", () => blobs.GetRangeAsync(key, offset, length, cancellationToken));

    public IAsyncEnumerable<string> ListAsync(
        TenantId tenant,
        string prefix,
        CancellationToken cancellationToken = default
    ) => blobs.ListAsync(tenant, prefix, cancellationToken);

    public Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        calls.RunAsync("delete", () => blobs.DeleteAsync(key, cancellationToken));
}
