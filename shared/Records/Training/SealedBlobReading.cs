using Lace.Cryptography.Sealing;
using Lace.Platform;

namespace Lace.Records.Training;

/// <summary>Parts of a sealed file as one stream; a missing or short part is an <see cref="EndOfStreamException"/>.</summary>
internal sealed class PartReader(
    IBlobStore blobs,
    TenantId tenant,
    string folder,
    long length,
    CancellationToken cancellationToken
) : ReadOnlyStream(length)
{
    /// <summary>Bytes that are read ahead: a few chunks of the sealed file.</summary>
    private const int Ahead = 4 << 20;

    private ReadOnlyMemory<byte> held;
    private long heldFrom = -1;

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken token = default)
    {
        if (Position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        if (heldFrom < 0 || Position < heldFrom || Position >= heldFrom + held.Length)
        {
            var offset = Position % SealedBlobs.PartSize;
            var wanted = (int)Math.Min(Math.Min(Ahead, SealedBlobs.PartSize - offset), Length - Position);
            var part = SealedBlobs.PartKey(tenant, folder, (int)(Position / SealedBlobs.PartSize));
            var bytes = await blobs.GetRangeAsync(part, offset, wanted, cancellationToken);
            (held, heldFrom) =
                bytes?.Length == wanted ? (bytes.Value, Position) : throw new EndOfStreamException("A part is short.");
        }

        var some = held[(int)(Position - heldFrom)..];
        var count = Math.Min(some.Length, buffer.Length);
        some[..count].CopyTo(buffer);
        Position += count;
        return count;
    }
}

/// <summary>The plaintext of a sealed file, each chunk checked before any of it is given out.</summary>
internal sealed class OpenedStream(SealedReader reader) : ReadOnlyStream(reader.Length)
{
    public override int Read(Span<byte> buffer)
    {
        // For libraries that read streams synchronously; on another thread, as this one may be what the store's answer waits for.
        var copy = new byte[Math.Min(buffer.Length, 1 << 20)];
        var read = Task.Run(() => ReadAsync(copy).AsTask()).GetAwaiter().GetResult();
        copy.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    /// <exception cref="PayloadException">A chunk was altered.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken token = default)
    {
        try
        {
            var read =
                await reader.ReadAsync(Position, buffer, token)
                ?? throw new PayloadException("A sealed file was altered in the store.");
            Position += read;
            return read;
        }
        catch (EndOfStreamException)
        {
            throw new PayloadException("A sealed file was cut in the store.");
        }
    }

    protected override void Dispose(bool disposing)
    {
        reader.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A seekable stream of known length.</summary>
internal abstract class ReadOnlyStream(long length) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    public abstract override ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken = default
    );

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => Length + offset,
        };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
