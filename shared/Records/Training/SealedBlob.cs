using System.Security.Cryptography;
using Lace.Cryptography.Sealing;
using Lace.Platform;

namespace Lace.Records.Training;

/// <summary>A sealed file of any length: blobs <c>part-0000</c>, … in one folder, joined.</summary>
/// <param name="Sha256">Of the plaintext, 64 hex digits.</param>
/// <param name="Bytes">Of the plaintext.</param>
/// <param name="SealedBytes">Of all parts together.</param>
internal sealed record SealedBlob(string Sha256, long Bytes, long SealedBytes, int Parts);

/// <summary>Writes and reads sealed files of any length with the memory of a part.</summary>
internal static class SealedBlobs
{
    public const int PartSize = 64 << 20;

    /// <summary>Seals what is written, while it is written. The parts are there when this returns; nothing names them yet.</summary>
    /// <param name="folder">A fresh one, ending at a slash.</param>
    /// <param name="write">Writes the plaintext; its stream is only for it.</param>
    public static async Task<SealedBlob> WriteAsync(
        IBlobStore blobs,
        TenantId tenant,
        string folder,
        ReadOnlyMemory<byte> key,
        SealContext context,
        Action<Stream> write,
        CancellationToken cancellationToken = default
    )
    {
        await using var parts = new PartWriter(blobs, tenant, folder, cancellationToken);
        var pipe = new System.IO.Pipelines.Pipe();
        var sealing = Task.Run(
            async () =>
            {
                try
                {
                    await SealedFile.SealAsync(pipe.Reader.AsStream(), parts, key, context, cancellationToken);
                    await parts.EndAsync();
                    await pipe.Reader.CompleteAsync();
                }
                catch (Exception failure)
                {
                    // The writer is told, and does not wait for a reader that has gone.
                    await pipe.Reader.CompleteAsync(failure);
                    throw;
                }
            },
            CancellationToken.None
        );
        using var plaintext = new HashingStream(pipe.Writer.AsStream());
        try
        {
            write(plaintext);
            await pipe.Writer.CompleteAsync();
        }
        catch (Exception failure)
        {
            await pipe.Writer.CompleteAsync(failure);
            await sealing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await sealing;
        return new SealedBlob(plaintext.Sha256, plaintext.Length, parts.Length, parts.Count);
    }

    /// <summary>The plaintext as a stream that gives out only what is authentic, or why it does not open.</summary>
    public static async Task<(OpenResult Result, Stream? Plaintext)> OpenAsync(
        IBlobStore blobs,
        TenantId tenant,
        string folder,
        SealedBlob blob,
        ReadOnlyMemory<byte> key,
        SealContext context,
        CancellationToken cancellationToken = default
    )
    {
        var parts = new PartReader(blobs, tenant, folder, blob.SealedBytes, cancellationToken);
        try
        {
            var (result, reader) = await SealedReader.OpenAsync(parts, key, context, cancellationToken);
            return reader is null ? (result, null)
                : reader.Length != blob.Bytes ? (OpenResult.Altered, null)
                : (OpenResult.Opened, new OpenedStream(reader));
        }
        catch (EndOfStreamException)
        {
            return (OpenResult.Altered, null); // a part is missing or short
        }
    }

    /// <summary>Removes the parts. What no item names any more is only space.</summary>
    public static async Task DeleteAsync(IBlobStore blobs, TenantId tenant, string folder, SealedBlob blob)
    {
        for (var part = 0; part < blob.Parts; part++)
        {
            await blobs.DeleteAsync(PartKey(tenant, folder, part));
        }
    }

    internal static BlobKey PartKey(TenantId tenant, string folder, int part) => new(tenant, $"{folder}part-{part:D4}");

    /// <summary>Hash and length of what goes through.</summary>
    private sealed class HashingStream(Stream inner) : WriteOnlyStream
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long length;

        public string Sha256 => Convert.ToHexStringLower(hash.GetCurrentHash());

        public override long Length => length;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            hash.AppendData(buffer);
            length += buffer.Length;
            inner.Write(buffer);
        }

        public override void Flush() => inner.Flush();

        protected override void Dispose(bool disposing)
        {
            hash.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Cuts into blobs.</summary>
    private sealed class PartWriter(
        IBlobStore blobs,
        TenantId tenant,
        string folder,
        CancellationToken cancellationToken
    ) : WriteOnlyStream
    {
        private readonly MemoryStream part = new();
        private long length;

        public int Count { get; private set; }

        public override long Length => length;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken token = default)
        {
            while (!buffer.IsEmpty)
            {
                var some = buffer[..(int)Math.Min(buffer.Length, PartSize - part.Length)];
                part.Write(some.Span);
                length += some.Length;
                buffer = buffer[some.Length..];
                if (part.Length == PartSize)
                {
                    await EndAsync();
                }
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken token) =>
            WriteAsync(buffer.AsMemory(offset, count), token).AsTask();

        public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override void Flush() { }

        public async Task EndAsync()
        {
            if (part.Length > 0)
            {
                var content = part.GetBuffer().AsMemory(0, (int)part.Length);
                if (!await blobs.PutIfAbsentAsync(PartKey(tenant, folder, Count), content, cancellationToken))
                {
                    throw new InvalidOperationException($"The folder {folder} is not a fresh one.");
                }

                Count++;
                part.SetLength(0);
            }
        }
    }

    private abstract class WriteOnlyStream : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Position
        {
            get => Length;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
