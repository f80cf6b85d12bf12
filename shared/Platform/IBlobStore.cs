namespace Lace.Platform;

/// <summary>Large immutable or compare-and-swapped objects by path. Durable when the call returns.</summary>
/// <remarks>
/// Paths have at most 512 characters: <c>/</c>-separated segments of 1 to 200 ASCII letters, digits, <c>. _ - ~</c>; <c>.</c> and
/// <c>..</c> are refused. An object's path is never a folder of another's. Tags are opaque.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Stores the bytes if nothing is there; false, and nothing changed, if something is.</summary>
    Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    );

    /// <summary>Replaces the object whose tag is <paramref name="etag"/>; null if another one is there by now, else the new tag.</summary>
    Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    );

    /// <summary>The whole object with its tag, or null.</summary>
    Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default);

    /// <summary>At most <paramref name="length"/> bytes from <paramref name="offset"/>; shorter at the end, empty behind it; null if there is no object.</summary>
    Task<ReadOnlyMemory<byte>?> GetRangeAsync(
        BlobKey key,
        long offset,
        int length,
        CancellationToken cancellationToken = default
    );

    /// <summary>Paths below a prefix that is empty or ends at a <c>/</c>, in ordinal order.</summary>
    IAsyncEnumerable<string> ListAsync(TenantId tenant, string prefix, CancellationToken cancellationToken = default);

    /// <summary>Removes the object; nothing happens if there is none.</summary>
    Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default);
}

public readonly record struct BlobKey(TenantId Tenant, string Path);

public sealed record Blob(ReadOnlyMemory<byte> Content, string ETag);
