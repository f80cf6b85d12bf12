using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lace.Cryptography.Sealing;

/// <summary>Seals and opens the chunks of one file, on as many cores as it has ciphers.</summary>
/// <remarks>
/// The nonce of a chunk is: 1 for the last chunk, else 0; three zero bytes; its number, big-endian in eight bytes. The
/// associated data of each chunk is the whole header and the context. A nonce never repeats, because a key is one file's.
/// </remarks>
internal sealed class ChunkCipher : IDisposable
{
    public const int TagSize = 16;
    private const int NonceSize = 12;

    // Far below the bounds of GCM for one key: 2^32 chunks of at most 2^20 blocks.
    private const long MaxChunks = 1L << 32;

    private readonly AesGcm[] ciphers;
    private readonly byte[] associatedData;
    private readonly int chunkSize;

    public ChunkCipher(
        ReadOnlySpan<byte> fileKey,
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> context,
        int chunkSize,
        int cores
    )
    {
        this.chunkSize = chunkSize;
        associatedData = [.. header, .. context];
        ciphers = new AesGcm[cores];
        for (var i = 0; i < ciphers.Length; i++)
        {
            ciphers[i] = new AesGcm(fileKey, TagSize);
        }
    }

    /// <summary>Seals consecutive chunks; only the last of them, which ends the file, may be short.</summary>
    public void Seal(ReadOnlyMemory<byte> plaintext, Memory<byte> result)
    {
        var count = Math.Max(1, (plaintext.Length + chunkSize - 1) / chunkSize);
        ForEachChunk(
            count,
            (core, i) =>
            {
                var chunk = Slice(plaintext, i, chunkSize).Span;
                var target = result.Span.Slice(i * (chunkSize + TagSize), chunk.Length + TagSize);
                Seal(core, chunk, i, i == count - 1, target);
                return true;
            }
        );
    }

    /// <summary>Seals one chunk, perhaps in place: the result begins where the plaintext does, or does not overlap it.</summary>
    public void Seal(int core, ReadOnlySpan<byte> plaintext, long number, bool last, Span<byte> result)
    {
        if (number >= MaxChunks)
        {
            throw new ArgumentException("A sealed file has at most 2^32 chunks.");
        }

        Span<byte> nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, number, last);
        var tag = result.Slice(plaintext.Length, TagSize);
        ciphers[core].Encrypt(nonce, plaintext, result[..plaintext.Length], tag, associatedData);
    }

    /// <summary>Opens consecutive chunks, the last of which ends the file; false if one of them is not what was sealed at this place.</summary>
    public bool TryOpen(ReadOnlyMemory<byte> @sealed, Memory<byte> result)
    {
        var count = (@sealed.Length + chunkSize + TagSize - 1) / (chunkSize + TagSize);
        return ForEachChunk(
            count,
            (core, i) =>
            {
                var chunk = Slice(@sealed, i, chunkSize + TagSize).Span;
                return TryOpen(core, chunk, i, i == count - 1, result.Span[(i * chunkSize)..]);
            }
        );
    }

    /// <summary>Opens one chunk, perhaps in place: the result begins where the chunk does, or does not overlap it.</summary>
    public bool TryOpen(int core, ReadOnlySpan<byte> chunk, long number, bool last, Span<byte> result)
    {
        // A last chunk holds something, unless the file is empty: else one file would have two forms.
        if (number >= MaxChunks || chunk.Length < TagSize || (chunk.Length == TagSize && number > 0))
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, number, last);
        var ciphertext = chunk[..^TagSize];
        try
        {
            ciphers[core].Decrypt(nonce, ciphertext, chunk[^TagSize..], result[..ciphertext.Length], associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var cipher in ciphers)
        {
            cipher.Dispose();
        }
    }

    // Core w takes chunks w, w + cores, ...: a cipher is used by one thread at a time.
    private bool ForEachChunk(int count, Func<int, int, bool> work)
    {
        var good = true;
        if (count == 1)
        {
            return work(0, 0);
        }

        Parallel.For(
            0,
            Math.Min(count, ciphers.Length),
            first =>
            {
                for (var i = first; i < count; i += ciphers.Length)
                {
                    if (!work(first, i))
                    {
                        Volatile.Write(ref good, false);
                        return;
                    }
                }
            }
        );
        return good;
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> memory, int index, int size)
    {
        var rest = memory[(index * size)..];
        return rest.Length > size ? rest[..size] : rest;
    }

    private static void WriteNonce(Span<byte> nonce, long chunk, bool last)
    {
        nonce.Clear();
        nonce[0] = last ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(nonce[4..], chunk);
    }
}
