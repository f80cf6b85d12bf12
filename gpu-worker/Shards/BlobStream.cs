using Lace.Platform;

namespace Lace.Worker.Shards;

/// <summary>An object read by ranges, the next one on its way while one is used. Memory holds two of them, whatever the size of the object.</summary>
internal sealed class BlobStream(IBlobStore blobs, BlobKey key) : Stream
{
    private const int Range = 8 << 20;

    private ReadOnlyMemory<byte> current;
    private Task<ReadOnlyMemory<byte>?>? next;
    private long asked;
    private bool ended;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    // Readers of datasets are synchronous and have a thread of their own.
    public override int Read(Span<byte> buffer)
    {
        while (current.IsEmpty && !ended)
        {
            next ??= Ask();
            current = next.GetAwaiter().GetResult() ?? throw new IOException($"{key.Path} is not there any more.");
            ended = current.Length < Range;
            next = ended ? null : Ask();
        }

        var count = Math.Min(buffer.Length, current.Length);
        current.Span[..count].CopyTo(buffer);
        current = current[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private Task<ReadOnlyMemory<byte>?> Ask()
    {
        var from = asked;
        asked += Range;
        return Task.Run(() => blobs.GetRangeAsync(key, from, Range));
    }
}
