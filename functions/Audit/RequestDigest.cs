using System.Security.Cryptography;
using Lace.Evidence.Transparency;
using Lace.Records.Audit;

namespace Lace.Functions.Audit;

/// <summary>
/// Hash and size of a request's body, taken while the handler's own parameters are read from it. A handler takes this before
/// the parameter that is the body.
/// </summary>
internal sealed class RequestDigest : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Stream body;
    private readonly DateTimeOffset startedAt;
    private long size;

    private RequestDigest(Stream body, DateTimeOffset startedAt)
    {
        this.body = body;
        this.startedAt = startedAt;
    }

    /// <summary>Called by the framework for handler parameters of this type.</summary>
    public static ValueTask<RequestDigest?> BindAsync(HttpContext context)
    {
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        var digest = new RequestDigest(context.Request.Body, clock.GetUtcNow());
        context.Request.Body = digest;
        context.Response.RegisterForDispose(digest.hash);
        return ValueTask.FromResult<RequestDigest?>(digest);
    }

    /// <summary>Of the whole body: what the handler had no use for is read here. Once.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, ends early or comes too slowly.</exception>
    public async Task<AuditedRequest> EndAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await ReadAsync(buffer, cancellationToken) > 0) { }

        return new AuditedRequest(new MerkleHash(hash.GetHashAndReset()), size, startedAt);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span[..read]);
        size += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The server's streams are read asynchronously only.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
