using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace Lace.Platform.Aws;

/// <summary>Objects in one bucket, under the name of their tenant.</summary>
/// <remarks>
/// Each object carries the ids of the last writes to its path, so that a writer whose answer was lost finds out what became of
/// his own. The SDK sends a checksum with every body and checks that of every object it reads whole. A tag is the ETag of S3,
/// which objects of equal bytes may share.
/// </remarks>
internal sealed class S3BlobStore(IAmazonS3 client, string bucket, AwsCalls calls) : IBlobStore
{
    private readonly S3Upload upload = new(client, bucket, calls);

    public async Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    ) => await WriteAsync(NameOf(key), content, null, cancellationToken) is not null;

    public Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(etag);
        return WriteAsync(NameOf(key), content, etag, cancellationToken);
    }

    public Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default)
    {
        var name = NameOf(key);
        return calls.RunAsync(
            "read a blob",
            async _ =>
            {
                try
                {
                    using var answer = await client.GetObjectAsync(bucket, name, cancellationToken);
                    return new Blob(await ReadAsync(answer, cancellationToken), answer.ETag);
                }
                catch (AmazonS3Exception e) when (IsMissing(e))
                {
                    return null;
                }
            },
            cancellationToken
        );
    }

    public Task<ReadOnlyMemory<byte>?> GetRangeAsync(
        BlobKey key,
        long offset,
        int length,
        CancellationToken cancellationToken = default
    )
    {
        var name = NameOf(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return calls.RunAsync<ReadOnlyMemory<byte>?>(
            "read a part of a blob",
            async _ =>
                length == 0
                    ? await FindAsync(name, cancellationToken) is null
                        ? default(ReadOnlyMemory<byte>?)
                        : ReadOnlyMemory<byte>.Empty
                    : await ReadRangeAsync(name, offset, length, cancellationToken),
            cancellationToken
        );
    }

    public async IAsyncEnumerable<string> ListAsync(
        TenantId tenant,
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        BlobPath.CheckPrefix(tenant, prefix);
        var folder = $"{tenant.Value}/";
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = folder + prefix };
        do
        {
            // In the order of the bytes of their names, which is the ordinal order of the characters that a path may have.
            var page = await calls.RunAsync(
                "list blobs",
                _ => client.ListObjectsV2Async(request, cancellationToken),
                cancellationToken
            );
            foreach (var found in page.S3Objects ?? [])
            {
                yield return found.Key[folder.Length..];
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        } while (request.ContinuationToken is not null);
    }

    public Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default)
    {
        var name = NameOf(key);
        return calls.RunAsync(
            "delete a blob",
            () => client.DeleteObjectAsync(bucket, name, cancellationToken),
            cancellationToken
        );
    }

    /// <param name="replaced">Tag of the object to replace; null where none must be.</param>
    /// <returns>The tag; null where the condition does not hold.</returns>
    private Task<string?> WriteAsync(
        string name,
        ReadOnlyMemory<byte> content,
        string? replaced,
        CancellationToken cancellationToken
    )
    {
        var id = StoredBlob.NewWriteId();
        return calls.RunAsync(
            "store a blob",
            async uncertain =>
            {
                // A replacement carries on the ids of the writes before; a first put has none to carry on.
                var stored = uncertain || replaced is not null ? await FindAsync(name, cancellationToken) : null;
                if (stored?.TagOf(id) is { } mine)
                {
                    return mine;
                }

                if (stored?.ETag != replaced)
                {
                    return null;
                }

                try
                {
                    return await upload.PutAsync(
                        name,
                        content,
                        replaced,
                        StoredBlob.Add(id, stored),
                        cancellationToken
                    );
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed || IsMissing(e))
                {
                    return uncertain ? (await FindAsync(name, cancellationToken))?.TagOf(id) : null;
                }
            },
            cancellationToken
        );
    }

    private async Task<StoredBlob?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return StoredBlob.Of(await client.GetObjectMetadataAsync(bucket, name, cancellationToken));
        }
        catch (AmazonS3Exception e) when (IsMissing(e))
        {
            return null;
        }
    }

    private async Task<ReadOnlyMemory<byte>?> ReadRangeAsync(
        string name,
        long offset,
        int length,
        CancellationToken cancellationToken
    )
    {
        var last = offset > long.MaxValue - length ? long.MaxValue : offset + length - 1;
        var request = new GetObjectRequest
        {
            BucketName = bucket,
            Key = name,
            ByteRange = new ByteRange(offset, last),
        };
        try
        {
            using var answer = await client.GetObjectAsync(request, cancellationToken);
            return await ReadAsync(answer, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return ReadOnlyMemory<byte>.Empty;
        }
        catch (AmazonS3Exception e) when (IsMissing(e))
        {
            return null;
        }
    }

    /// <summary>To the end of the stream, because the checksum is checked there.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(
        GetObjectResponse answer,
        CancellationToken cancellationToken
    )
    {
        using var bytes = new MemoryStream(checked((int)answer.ContentLength));
        await answer.ResponseStream.CopyToAsync(bytes, cancellationToken);
        return bytes.Length == answer.ContentLength
            ? bytes.GetBuffer().AsMemory(0, (int)bytes.Length)
            : throw new EndOfStreamException("The answer ended before the object did.");
    }

    /// <summary>The object, that is: a bucket that is not there is a fault of the set-up and no answer.</summary>
    private static bool IsMissing(AmazonS3Exception e) =>
        e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    private static string NameOf(BlobKey key)
    {
        BlobPath.Check(key);
        return $"{key.Tenant.Value}/{key.Path}";
    }
}
