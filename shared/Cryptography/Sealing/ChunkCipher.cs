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

    /// <summary>Seals consecutive chunks; only the last of them may be short. Returns the bytes written.</summary>
    public int Seal(ReadOnlyMemory<byte> plaintext, long firstChunk, bool endsFile, Memory<byte> result)
    {
        var count = Math.Max(1, (plaintext.Length + chunkSize - 1) / chunkSize);
        RequireRange(firstChunk, count);
        ForEachChunk(
            count,
            (cipher, i) =>
            {
                var chunk = Slice(plaintext, i, chunkSize).Span;
                var target = result.Span.Slice(i * (chunkSize + TagSize), chunk.Length + TagSize);
                Span<byte> nonce = stackalloc byte[NonceSize];
                WriteNonce(nonce, firstChunk + i, endsFile && i == count - 1);
                cipher.Encrypt(nonce, chunk, target[..^TagSize], target[^TagSize..], associatedData);
                return true;
            }
        );
        return plaintext.Length + (count * TagSize);
    }

    /// <summary>Opens consecutive chunks; false if one of them is not what was sealed at this place.</summary>
    public bool TryOpen(ReadOnlyMemory<byte> @sealed, long firstChunk, bool endsFile, Memory<byte> result)
    {
        var count = (@sealed.Length + chunkSize + TagSize - 1) / (chunkSize + TagSize);
        if (firstChunk + count > MaxChunks)
        {
            return false;
        }

        return ForEachChunk(
            count,
            (cipher, i) =>
            {
                var chunk = Slice(@sealed, i, chunkSize + TagSize).Span;

                // A last chunk holds something, unless the file is empty: else one file would have two forms.
                if (chunk.Length < TagSize || (chunk.Length == TagSize && firstChunk + i > 0))
                {
                    return false;
                }

                Span<byte> nonce = stackalloc byte[NonceSize];
                WriteNonce(nonce, firstChunk + i, endsFile && i == count - 1);
                var target = result.Span.Slice(i * chunkSize, chunk.Length - TagSize);
                try
                {
                    cipher.Decrypt(nonce, chunk[..^TagSize], chunk[^TagSize..], target, associatedData);
                    return true;
                }
                catch (AuthenticationTagMismatchException)
                {
                    return false;
                }
            }
        );
    }

    public void Dispose()
    {
        foreach (var cipher in ciphers)
        {
            cipher.Dispose();
        }
    }

    // Cipher w takes chunks w, w + cores, ...: a cipher is used by one thread at a time.
    private bool ForEachChunk(int count, Func<AesGcm, int, bool> work)
    {
        var good = true;
        if (count == 1)
        {
            return work(ciphers[0], 0);
        }

        Parallel.For(
            0,
            Math.Min(count, ciphers.Length),
            first =>
            {
                for (var i = first; i < count; i += ciphers.Length)
                {
                    if (!work(ciphers[first], i))
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

    private static void RequireRange(long firstChunk, int count)
    {
        if (firstChunk + count > MaxChunks)
        {
            throw new ArgumentException("A sealed file has at most 2^32 chunks.");
        }
    }
}
