using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lace.Platform.Embedded;

/// <summary>The key-encryption keys of one tenant by version, as they lie on the disk; zeroed on dispose.</summary>
/// <remarks>
/// <c>LACEKEK1</c>, then per key a version (four bytes, big-endian, rising) and 32 bytes, then the SHA-256 of all before it,
/// which tells a damaged file from a foreign wrapping.
/// </remarks>
internal sealed class KeyFile : IDisposable
{
    public const int KeyBytes = 32;
    private const int EntryBytes = 4 + KeyBytes;
    private const int MaxBytes = 1 << 20;

    private readonly byte[] content;

    private KeyFile(byte[] content) => this.content = content;

    private static ReadOnlySpan<byte> Magic => "LACEKEK1"u8;

    public ReadOnlySpan<byte> Content => content;

    public uint Newest => BinaryPrimitives.ReadUInt32BigEndian(Entries[^EntryBytes..]);

    private ReadOnlySpan<byte> Entries => content.AsSpan()[Magic.Length..^SHA256.HashSizeInBytes];

    /// <summary>The key of a version; empty if there is none.</summary>
    public ReadOnlySpan<byte> Key(uint version)
    {
        for (var rest = Entries; rest.Length > 0; rest = rest[EntryBytes..])
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(rest) == version)
            {
                return rest[4..EntryBytes];
            }
        }

        return [];
    }

    /// <summary>A file with a fresh key behind those of <paramref name="older"/>.</summary>
    public static KeyFile WithNewKey(KeyFile? older)
    {
        var entries = older is null ? [] : older.Entries;
        var bytes = new byte[Magic.Length + entries.Length + EntryBytes + SHA256.HashSizeInBytes];
        Magic.CopyTo(bytes);
        entries.CopyTo(bytes.AsSpan(Magic.Length));
        var added = bytes.AsSpan(Magic.Length + entries.Length, EntryBytes);
        BinaryPrimitives.WriteUInt32BigEndian(added, checked((older?.Newest ?? 0) + 1));
        RandomNumberGenerator.Fill(added[4..]);
        var summed = bytes.AsSpan()[..^SHA256.HashSizeInBytes];
        SHA256.HashData(summed, bytes.AsSpan(summed.Length));
        return new KeyFile(bytes);
    }

    /// <summary>The file, or null where there is none. One that others can read, or that is damaged, is refused.</summary>
    public static KeyFile? Read(string path)
    {
        if (SecretFile.Read(path, MaxBytes) is not { } bytes)
        {
            return null;
        }

        var keys = new KeyFile(bytes);
        if (!keys.IsWhole())
        {
            keys.Dispose();
            throw new StorageException($"{path} is damaged. Restore it from a backup: its keys cannot be made again.");
        }

        return keys;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(content);

    private bool IsWhole()
    {
        var entries = content.Length - Magic.Length - SHA256.HashSizeInBytes;
        return entries >= EntryBytes
            && entries % EntryBytes == 0
            && content.AsSpan().StartsWith(Magic)
            && SecretFile.EndsWithItsDigest(content);
    }
}
