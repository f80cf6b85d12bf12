namespace Lace.Cryptography.Sealing;

/// <summary>Reads ranges of a sealed file without opening all of it. For one thread at a time.</summary>
/// <remarks>Opening verifies the last chunk, and with it the length: a file that was cut or lengthened does not open.</remarks>
public sealed class SealedReader : IDisposable
{
    private readonly Stream stream;
    private readonly ChunkCipher cipher;
    private readonly int chunkSize;
    private readonly byte[] sealedChunk;
    private readonly byte[] chunk;
    private readonly long lastChunk;
    private long chunkInMemory = -1;

    private SealedReader(Stream stream, ChunkCipher cipher, int chunkSize)
    {
        this.stream = stream;
        this.cipher = cipher;
        this.chunkSize = chunkSize;
        sealedChunk = new byte[chunkSize + ChunkCipher.TagSize];
        chunk = new byte[chunkSize];
        var content = stream.Length - SealedHeader.Size;
        lastChunk = Math.Max(0, (content - 1) / sealedChunk.Length);
        Length = content - ((lastChunk + 1) * ChunkCipher.TagSize);
    }

    /// <summary>Bytes of plaintext.</summary>
    public long Length { get; }

    /// <summary>Opens a seekable stream, which stays the caller's; the reader is null unless the result is <see cref="OpenResult.Opened"/>.</summary>
    public static async Task<(OpenResult Result, SealedReader? Reader)> OpenAsync(
        Stream @sealed,
        ReadOnlyMemory<byte> dataKey,
        SealContext context,
        CancellationToken cancellationToken = default
    )
    {
        var header = new byte[SealedHeader.Size];
        @sealed.Position = 0;
        if (
            await @sealed.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken)
            < header.Length
        )
        {
            return (OpenResult.NotSealed, null);
        }

        var (result, cipher, chunkSize) = SealedFile.CreateOpener(header, dataKey.Span, context, cores: 1);
        if (cipher is null)
        {
            return (result, null);
        }

        var reader = new SealedReader(@sealed, cipher, chunkSize);
        if (await reader.TryLoadAsync(reader.lastChunk, cancellationToken))
        {
            return (OpenResult.Opened, reader);
        }

        reader.Dispose();
        return (OpenResult.Altered, null);
    }

    /// <summary>
    /// Fills the buffer from an offset, less at the end of the file; the bytes read, or null if one of the chunks was
    /// altered, in which case the buffer holds nothing of use.
    /// </summary>
    public async ValueTask<int?> ReadAsync(
        long offset,
        Memory<byte> destination,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var total = 0;
        while (total < destination.Length && offset < Length)
        {
            if (!await TryLoadAsync(offset / chunkSize, cancellationToken))
            {
                return null;
            }

            var start = (int)(offset % chunkSize);
            var count = (int)Math.Min(Math.Min(chunkSize - start, Length - offset), destination.Length - total);
            chunk.AsMemory(start, count).CopyTo(destination[total..]);
            total += count;
            offset += count;
        }

        return total;
    }

    public void Dispose()
    {
        cipher.Dispose();
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(chunk);
    }

    private async ValueTask<bool> TryLoadAsync(long number, CancellationToken cancellationToken)
    {
        if (number == chunkInMemory)
        {
            return true;
        }

        chunkInMemory = -1;
        stream.Position = SealedHeader.Size + (number * sealedChunk.Length);
        var read = await stream.ReadAtLeastAsync(
            sealedChunk,
            sealedChunk.Length,
            throwOnEndOfStream: false,
            cancellationToken
        );
        if (read == 0 || !cipher.TryOpen(core: 0, sealedChunk.AsSpan(0, read), number, number == lastChunk, chunk))
        {
            return false;
        }

        chunkInMemory = number;
        return true;
    }
}
