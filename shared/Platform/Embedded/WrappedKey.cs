using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Platform.Embedded;

/// <summary>A data key under AES key wrap with padding (RFC 5649), bound to its tenant and its context.</summary>
/// <remarks>
/// The wrap takes no associated data, so tenant, context and version go into the wrapping key: HKDF-SHA256 (RFC 5869) of the
/// tenant's key. The form is the version of that key (four bytes, big-endian) and the 40 bytes of the wrap.
/// </remarks>
internal static class WrappedKey
{
    private const int VersionBytes = 4;
    private const int WrapBytes = KeyFile.KeyBytes + 8;
    private const int MaxContextBytes = 1024;

    public static byte[] Wrap(ReadOnlySpan<byte> dataKey, KeyFile keys, TenantId tenant, string context)
    {
        var wrapped = new byte[VersionBytes + WrapBytes];
        BinaryPrimitives.WriteUInt32BigEndian(wrapped, keys.Newest);
        using var aes = WrappingKey(keys.Key(keys.Newest), keys.Newest, tenant, context);
        aes.EncryptKeyWrapPadded(dataKey, wrapped.AsSpan(VersionBytes));
        return wrapped;
    }

    /// <summary>The data key, or null where anything does not fit.</summary>
    public static byte[]? Unwrap(ReadOnlySpan<byte> wrapped, KeyFile keys, TenantId tenant, string context)
    {
        if (wrapped.Length != VersionBytes + WrapBytes)
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt32BigEndian(wrapped);
        var key = keys.Key(version);
        if (key.IsEmpty)
        {
            return null;
        }

        using var aes = WrappingKey(key, version, tenant, context);
        try
        {
            var dataKey = aes.DecryptKeyWrapPadded(wrapped[VersionBytes..]);
            return dataKey.Length == KeyFile.KeyBytes ? dataKey : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public static void CheckContext(string context)
    {
        if (WellFormed.ByteCount(context, nameof(context)) > MaxContextBytes)
        {
            throw new ArgumentException($"A context has at most {MaxContextBytes} bytes.", nameof(context));
        }
    }

    private static Aes WrappingKey(ReadOnlySpan<byte> key, uint version, TenantId tenant, string context)
    {
        using var info = new MemoryStream();
        info.Write("lace-data-key/1"u8);
        Append(info, tenant.Value);
        Append(info, context);
        var number = new byte[VersionBytes];
        BinaryPrimitives.WriteUInt32BigEndian(number, version);
        info.Write(number);

        Span<byte> derived = stackalloc byte[KeyFile.KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, salt: [], info.ToArray());
        var aes = Aes.Create();
        aes.SetKey(derived);
        CryptographicOperations.ZeroMemory(derived);
        return aes;
    }

    /// <summary>With the length before it: no two pairs of tenant and context give the same bytes.</summary>
    private static void Append(MemoryStream info, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        info.Write(length);
        info.Write(bytes);
    }
}
