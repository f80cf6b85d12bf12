using System.Runtime.InteropServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace Lace.Platform.Aws;

/// <summary>Puts an object under a condition: in one request, or in parts where it is big.</summary>
internal sealed class S3Upload(IAmazonS3 client, string bucket, AwsCalls calls)
{
    private const int LargestSingle = 16 << 20;
    private const int PartBytes = 8 << 20;
    private const int PartsAtOnce = 4;

    /// <param name="replaced">Tag of the object to replace; null where none must be.</param>
    /// <param name="writes">Metadata, see <see cref="StoredBlob"/>.</param>
    /// <returns>The tag.</returns>
    /// <exception cref="AmazonS3Exception">Also where the condition does not hold: 412, or 404 where there is nothing to replace.</exception>
    public Task<string> PutAsync(
        string name,
        ReadOnlyMemory<byte> content,
        string? replaced,
        string writes,
        CancellationToken cancellationToken
    ) =>
        content.Length <= LargestSingle
            ? PutWholeAsync(name, content, replaced, writes, cancellationToken)
            : PutPartsAsync(name, content, replaced, writes, cancellationToken);

    private async Task<string> PutWholeAsync(
        string name,
        ReadOnlyMemory<byte> content,
        string? replaced,
        string writes,
        CancellationToken cancellationToken
    )
    {
        var request = new PutObjectRequest
        {
            BucketName = bucket,
            Key = name,
            InputStream = StreamOf(content),
            IfMatch = replaced,
            IfNoneMatch = replaced is null ? "*" : null,
        };
        request.Metadata[StoredBlob.Metadata] = writes;
        return (await client.PutObjectAsync(request, cancellationToken)).ETag;
    }

    private async Task<string> PutPartsAsync(
        string name,
        ReadOnlyMemory<byte> content,
        string? replaced,
        string writes,
        CancellationToken cancellationToken
    )
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = bucket, Key = name };
        begin.Metadata[StoredBlob.Metadata] = writes;
        var id = (await client.InitiateMultipartUploadAsync(begin, cancellationToken)).UploadId;
        try
        {
            var parts = new PartETag[(content.Length + PartBytes - 1) / PartBytes];
            await Parallel.ForAsync(
                0,
                parts.Length,
                new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce, CancellationToken = cancellationToken },
                async (n, cancel) => parts[n] = await PutPartAsync(name, id, n, content, cancel)
            );
            var complete = new CompleteMultipartUploadRequest
            {
                BucketName = bucket,
                Key = name,
                UploadId = id,
                PartETags = [.. parts],
                IfMatch = replaced,
                IfNoneMatch = replaced is null ? "*" : null,
            };
            return (await client.CompleteMultipartUploadAsync(complete, cancellationToken)).ETag;
        }
        catch
        {
            await AbandonAsync(name, id);
            throw;
        }
    }

    private Task<PartETag> PutPartAsync(
        string name,
        string id,
        int number,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var begin = number * PartBytes;
        var part = content.Slice(begin, Math.Min(PartBytes, content.Length - begin));
        return calls.RunAsync(
            "store a part of a blob",
            async _ =>
            {
                var request = new UploadPartRequest
                {
                    BucketName = bucket,
                    Key = name,
                    UploadId = id,
                    PartNumber = number + 1,
                    PartSize = part.Length,
                    InputStream = StreamOf(part),
                };
                return new PartETag(await client.UploadPartAsync(request, cancellationToken));
            },
            cancellationToken
        );
    }

    /// <summary>What this leaves behind, a rule of the bucket removes after some days; the failure before is the one that matters.</summary>
    private async Task AbandonAsync(string name, string id)
    {
        try
        {
            await client.AbortMultipartUploadAsync(bucket, name, id, CancellationToken.None);
        }
        catch (Exception e) when (AwsFailures.Of(e) is not null)
        {
            return;
        }
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var bytes)
            ? new MemoryStream(bytes.Array ?? [], bytes.Offset, bytes.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
