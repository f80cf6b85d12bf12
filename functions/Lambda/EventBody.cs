using Microsoft.AspNetCore.Http.Features;

namespace Lace.Functions.Lambda;

/// <summary>The body of a request that came in an event, with the limits that Kestrel would hold.</summary>
internal sealed class EventBody(ReadOnlyMemory<byte> content, long defaultMax)
    : Stream,
        IHttpRequestBodyDetectionFeature,
        IHttpMaxRequestBodySizeFeature
{
    private long? max = defaultMax;
    private int position;

    public bool CanHaveBody => content.Length > 0;

    /// <summary>Once it is being read, the limit stands.</summary>
    public bool IsReadOnly { get; private set; }

    public long? MaxRequestBodySize
    {
        get => max;
        set =>
            max = !IsReadOnly
                ? value
                : throw new InvalidOperationException("The limit of a body that is being read cannot be changed.");
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

    public override int Read(Span<byte> buffer)
    {
        IsReadOnly = true;
        if (content.Length > max)
        {
            throw new BadHttpRequestException("Request body too large.", StatusCodes.Status413PayloadTooLarge);
        }

        var read = Math.Min(buffer.Length, content.Length - position);
        content.Span.Slice(position, read).CopyTo(buffer);
        position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
