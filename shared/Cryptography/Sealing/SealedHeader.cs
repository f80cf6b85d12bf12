using System.Security.Cryptography;

namespace Lace.Cryptography.Sealing;

/// <summary>The first 76 bytes of a sealed file, and the key of the file that they lead to.</summary>
/// <remarks>
/// Layout: "LaceSeal"; format version 1; algorithm 1 (AES-256-GCM); log2 of the chunk size; 0; salt, 32 random bytes; commitment, 32 bytes.
/// HKDF-SHA256 (RFC 5869) of data key, salt and info = "lace sealed file" || the first 12 bytes || context gives the file's
/// key and the commitment. So each file has its own key, for which nonces may count from zero, under whatever data key;
/// and a file opens under one key and context only, which AES-GCM alone does not promise.
/// </remarks>
internal static class SealedHeader
{
    public const int Size = FixedSize + SaltSize + CommitmentSize;
    public const int KeySize = 32;
    private const int FixedSize = 12;
    private const int SaltSize = 32;
    private const int CommitmentSize = 32;
    private const byte Version = 1;
    private const byte Aes256Gcm = 1;
    private const int MinChunkBits = 12;
    private const int MaxChunkBits = 24;

    private static ReadOnlySpan<byte> Magic => "LaceSeal"u8;

    private static ReadOnlySpan<byte> Label => "lace sealed file"u8;

    /// <summary>A new header with a fresh salt, and the key of the file.</summary>
    public static byte[] Create(
        ReadOnlySpan<byte> dataKey,
        ReadOnlySpan<byte> context,
        int chunkBits,
        Span<byte> fileKey
    )
    {
        RequireKey(dataKey);
        var header = new byte[Size];
        Magic.CopyTo(header);
        header[8] = Version;
        header[9] = Aes256Gcm;
        header[10] = (byte)chunkBits;
        RandomNumberGenerator.Fill(header.AsSpan(FixedSize, SaltSize));
        Derive(dataKey, context, header, fileKey, header.AsSpan(FixedSize + SaltSize));
        return header;
    }

    /// <summary>Reads a header; the key is that of the file only if the result is <see cref="OpenResult.Opened"/>.</summary>
    public static OpenResult TryRead(
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> dataKey,
        ReadOnlySpan<byte> context,
        Span<byte> fileKey,
        out int chunkSize
    )
    {
        RequireKey(dataKey);
        chunkSize = 0;
        if (
            header.Length != Size
            || !header.StartsWith(Magic)
            || header[8] != Version
            || header[9] != Aes256Gcm
            || header[10] is < MinChunkBits or > MaxChunkBits
            || header[11] != 0
        )
        {
            return OpenResult.NotSealed;
        }

        Span<byte> commitment = stackalloc byte[CommitmentSize];
        Derive(dataKey, context, header, fileKey, commitment);
        chunkSize = 1 << header[10];
        return CryptographicOperations.FixedTimeEquals(commitment, header[(FixedSize + SaltSize)..])
            ? OpenResult.Opened
            : OpenResult.WrongKeyOrContext;
    }

    private static void Derive(
        ReadOnlySpan<byte> dataKey,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> header,
        Span<byte> fileKey,
        Span<byte> commitment
    )
    {
        Span<byte> derived = stackalloc byte[KeySize + CommitmentSize];
        byte[] info = [.. Label, .. header[..FixedSize], .. context];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, dataKey, derived, header.Slice(FixedSize, SaltSize), info);
        derived[..KeySize].CopyTo(fileKey);
        derived[KeySize..].CopyTo(commitment);
        CryptographicOperations.ZeroMemory(derived);
    }

    private static void RequireKey(ReadOnlySpan<byte> dataKey)
    {
        if (dataKey.Length != KeySize)
        {
            throw new ArgumentException($"A data key has {KeySize} bytes.", nameof(dataKey));
        }
    }
}
