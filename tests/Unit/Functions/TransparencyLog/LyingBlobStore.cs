using Lace.Platform;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>A test double: does the first write to a place, and says that it was refused.</summary>
internal sealed class LyingBlobStore(IBlobStore blobs, string place) : IBlobStore
{
    private int lies;

    public int Lies => lies;

    public async Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    ) => await blobs.PutIfAbsentAsync(key, content, cancellationToken) && !Lie(key);

    public async Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    ) => await blobs.ReplaceAsync(key, content, etag, cancellationToken) is { } tag && !Lie(key) ? tag : null;

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

    private bool Lie(BlobKey key) =>
        key.Path.StartsWith(LogWorld.PathOf(place), StringComparison.Ordinal)
        && Interlocked.CompareExchange(ref lies, 1, 0) == 0;
}
