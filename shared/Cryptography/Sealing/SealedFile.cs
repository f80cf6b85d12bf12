using System.Security.Cryptography;

namespace Lace.Cryptography.Sealing;

/// <summary>Why a sealed file was or was not opened.</summary>
public enum OpenResult
{
    /// <summary>All that was given out is what was sealed.</summary>
    Opened,

    /// <summary>This is no sealed file of a version known here.</summary>
    NotSealed,

    /// <summary>It was sealed under another key, or as another tenant's, for another purpose, or as another object.</summary>
    WrongKeyOrContext,

    /// <summary>Key and context are right, but the content was changed, cut, lengthened or put in another order.</summary>
    Altered,
}

//  Sealed files
//
//  References   NIST SP 800-38D (AES-256-GCM); RFC 5869 (HKDF-SHA256); the STREAM construction of Hoang, Reyhanitabar,
//               Rogaway and Vizar (CRYPTO 2015) for chunks with a counter and a mark on the last
//  Format       header of 76 bytes (SealedHeader), then chunks: ciphertext as long as the plaintext, and a tag of 16
//               bytes. All chunks are full but the last; an empty file is one empty chunk. The lengths follow from
//               each other, so one plaintext length has one sealed length.
//  Limits       2^32 chunks of 4 KiB to 16 MiB (128 KiB written here); any number of files under a data key
//  Security     confidential, and authentic as a whole: no chunk can be changed, dropped, repeated, moved within a file
//               or to another, and no file passed off as another object's. Commits to key and context. The length and
//               nothing else shows. Streaming gives out chunks that are authentic before it has seen the end: on any
//               result but Opened the caller throws them away.
//
//  Constant time as the platform's AES-GCM is (AES-NI and PCLMULQDQ, or the like); keys on the stack are zeroed.

/// <summary>Encrypts files of any length with a data key, in constant memory and on all cores.</summary>
public static class SealedFile
{
    /// <summary>Bytes of a data key.</summary>
    public const int KeySize = SealedHeader.KeySize;

    internal const int ChunkBits = 17;
    internal const int ChunkSize = 1 << ChunkBits;

    // One more than there are cores: while it waits for its turn, the cores have work.
    private static int Workers => Environment.ProcessorCount + 1;

    /// <summary>Bytes of the sealed form of so many.</summary>
    public static long SealedLength(long plaintextLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plaintextLength);
        var chunks = Math.Max(1, (plaintextLength + ChunkSize - 1) / ChunkSize);
        return SealedHeader.Size + plaintextLength + (chunks * ChunkCipher.TagSize);
    }

    /// <summary>Seals all of a stream.</summary>
    public static async Task SealAsync(
        Stream plaintext,
        Stream destination,
        ReadOnlyMemory<byte> dataKey,
        SealContext context,
        CancellationToken cancellationToken = default
    )
    {
        using var cipher = CreateSealer(dataKey.Span, context, Workers, out var header);
        await destination.WriteAsync(header, cancellationToken);
        using var pipeline = new ChunkPipeline(
            Workers,
            ChunkSize,
            ChunkSize + ChunkCipher.TagSize,
            (worker, buffer, count, chunk, last) =>
            {
                cipher.Seal(worker, buffer[..count], chunk, last, buffer);
                return count + ChunkCipher.TagSize;
            }
        );
        await pipeline.RunAsync(plaintext, destination, cancellationToken);
    }

    /// <summary>Opens all of a stream. On any result but <see cref="OpenResult.Opened"/>, throw away what was written.</summary>
    public static async Task<OpenResult> OpenAsync(
        Stream @sealed,
        Stream destination,
        ReadOnlyMemory<byte> dataKey,
        SealContext context,
        CancellationToken cancellationToken = default
    )
    {
        var header = new byte[SealedHeader.Size];
        if (
            await @sealed.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken)
            < header.Length
        )
        {
            return OpenResult.NotSealed;
        }

        var (result, opener, chunkSize) = CreateOpener(header, dataKey.Span, context, Workers);
        if (opener is null)
        {
            return result;
        }

        using var cipher = opener;
        using var pipeline = new ChunkPipeline(
            Workers,
            chunkSize + ChunkCipher.TagSize,
            chunkSize,
            (worker, buffer, count, chunk, last) =>
                cipher.TryOpen(worker, buffer[..count], chunk, last, buffer) ? count - ChunkCipher.TagSize : -1
        );
        return await pipeline.RunAsync(@sealed, destination, cancellationToken)
            ? OpenResult.Opened
            : OpenResult.Altered;
    }

    /// <summary>Seals what is in memory.</summary>
    public static byte[] Seal(ReadOnlyMemory<byte> plaintext, ReadOnlySpan<byte> dataKey, SealContext context)
    {
        var result = GC.AllocateUninitializedArray<byte>(checked((int)SealedLength(plaintext.Length)));
        Seal(plaintext, dataKey, context, result);
        return result;
    }

    /// <summary>Seals what is in memory into a buffer of exactly <see cref="SealedLength"/> bytes.</summary>
    public static void Seal(
        ReadOnlyMemory<byte> plaintext,
        ReadOnlySpan<byte> dataKey,
        SealContext context,
        Memory<byte> destination
    )
    {
        if (destination.Length != SealedLength(plaintext.Length))
        {
            throw new ArgumentException(
                $"The buffer needs {SealedLength(plaintext.Length)} bytes.",
                nameof(destination)
            );
        }

        using var cipher = CreateSealer(dataKey, context, CoresFor(plaintext.Length), out var header);
        header.CopyTo(destination);
        cipher.Seal(plaintext, destination[SealedHeader.Size..]);
    }

    /// <summary>Opens what is in memory; nothing is given out unless all of it is authentic.</summary>
    public static OpenResult TryOpen(
        ReadOnlyMemory<byte> @sealed,
        ReadOnlySpan<byte> dataKey,
        SealContext context,
        out byte[] plaintext
    )
    {
        byte[] opened = [];
        var result = TryOpen(@sealed, dataKey, context, length => opened = GC.AllocateUninitializedArray<byte>(length));
        plaintext = result == OpenResult.Opened ? opened : [];
        return result;
    }

    /// <summary>Opens what is in memory into a buffer that has room for it, as one of the sealed length always has; zeroes it unless all is authentic.</summary>
    /// <param name="length">Bytes of plaintext; 0 unless opened.</param>
    public static OpenResult TryOpen(
        ReadOnlyMemory<byte> @sealed,
        ReadOnlySpan<byte> dataKey,
        SealContext context,
        Memory<byte> destination,
        out int length
    )
    {
        var opened = 0;
        var result = TryOpen(
            @sealed,
            dataKey,
            context,
            needed =>
                needed <= destination.Length
                    ? destination[..(opened = needed)]
                    : throw new ArgumentException($"The buffer needs {needed} bytes.", nameof(destination))
        );
        length = result == OpenResult.Opened ? opened : 0;
        return result;
    }

    private static OpenResult TryOpen(
        ReadOnlyMemory<byte> @sealed,
        ReadOnlySpan<byte> dataKey,
        SealContext context,
        Func<int, Memory<byte>> bufferOf
    )
    {
        if (@sealed.Length < SealedHeader.Size)
        {
            return OpenResult.NotSealed;
        }

        var header = @sealed.Span[..SealedHeader.Size];
        var (result, opener, chunkSize) = CreateOpener(header, dataKey, context, CoresFor(@sealed.Length));
        if (opener is null)
        {
            return result;
        }

        using var cipher = opener;
        var chunks = @sealed[SealedHeader.Size..];
        var opened = bufferOf(OpenedLength(chunks.Length, chunkSize));
        if (chunks.IsEmpty || !cipher.TryOpen(chunks, opened))
        {
            CryptographicOperations.ZeroMemory(opened.Span);
            return OpenResult.Altered;
        }

        return OpenResult.Opened;
    }

    internal static (OpenResult Result, ChunkCipher? Cipher, int ChunkSize) CreateOpener(
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> dataKey,
        SealContext context,
        int cores
    )
    {
        Span<byte> fileKey = stackalloc byte[KeySize];
        var encoded = context.Encode();
        var result = SealedHeader.TryRead(header, dataKey, encoded, fileKey, out var chunkSize);
        var cipher = result == OpenResult.Opened ? new ChunkCipher(fileKey, header, encoded, chunkSize, cores) : null;
        CryptographicOperations.ZeroMemory(fileKey);
        return (result, cipher, chunkSize);
    }

    // Bytes of plaintext in chunks of so many sealed bytes; a rest shorter than a tag counts as nothing and will not open.
    private static int OpenedLength(int sealedLength, int chunkSize)
    {
        var chunks = Math.DivRem(sealedLength, chunkSize + ChunkCipher.TagSize, out var rest);
        return (chunks * chunkSize) + Math.Max(0, rest - ChunkCipher.TagSize);
    }

    private static ChunkCipher CreateSealer(
        ReadOnlySpan<byte> dataKey,
        SealContext context,
        int cores,
        out byte[] header
    )
    {
        Span<byte> fileKey = stackalloc byte[KeySize];
        var encoded = context.Encode();
        header = SealedHeader.Create(dataKey, encoded, ChunkBits, fileKey);
        var cipher = new ChunkCipher(fileKey, header, encoded, ChunkSize, cores);
        CryptographicOperations.ZeroMemory(fileKey);
        return cipher;
    }

    private static int CoresFor(int length) => Math.Clamp(length / ChunkSize, 1, Environment.ProcessorCount);
}
