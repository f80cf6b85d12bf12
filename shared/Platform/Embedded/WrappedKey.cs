using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Platform.Embedded;

/// <summary>What a wrapped key is for: no key of one use unwraps as one of the other.</summary>
internal enum KeyUse
{
    Data,
    Signing,
}

/// <summary>A key under AES key wrap with padding (RFC 5649), bound to its use, its tenant and its context.</summary>
/// <remarks>
/// The wrap takes no associated data, so use, tenant, context and version go into the wrapping key: HKDF-SHA256 (RFC 5869) of
/// the tenant's key. The form is the version of that key (four bytes, big-endian) and the wrap, eight bytes longer than the key.
/// </remarks>
internal static class WrappedKey
{
    private const int VersionBytes = 4;
    private const int WrapOverhead = 8;
    private const int MaxContextBytes = 1024;

    public static byte[] Wrap(KeyUse use, ReadOnlySpan<byte> secret, KeyFile keys, TenantId tenant, string context)
    {
        var wrapped = new byte[VersionBytes + secret.Length + WrapOverhead];
        BinaryPrimitives.WriteUInt32BigEndian(wrapped, keys.Newest);
        using var aes = WrappingKey(use, keys.Key(keys.Newest), keys.Newest, tenant, context);
        aes.EncryptKeyWrapPadded(secret, wrapped.AsSpan(VersionBytes));
        return wrapped;
    }

    /// <summary>The key of so many bytes, a multiple of eight, or null where anything does not fit.</summary>
    public static byte[]? Unwrap(
        KeyUse use,
        ReadOnlySpan<byte> wrapped,
        int bytes,
        KeyFile keys,
        TenantId tenant,
        string context
    )
    {
        if (wrapped.Length != VersionBytes + bytes + WrapOverhead)
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt32BigEndian(wrapped);
        var key = keys.Key(version);
        if (key.IsEmpty)
        {
            return null;
        }

        using var aes = WrappingKey(use, key, version, tenant, context);
        try
        {
            var secret = aes.DecryptKeyWrapPadded(wrapped[VersionBytes..]);
            return secret.Length == bytes ? secret : null;
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

    private static Aes WrappingKey(KeyUse use, ReadOnlySpan<byte> key, uint version, TenantId tenant, string context)
    {
        using var info = new MemoryStream();
        info.Write(use == KeyUse.Data ? "lace-data-key/1"u8 : "lace-signing-key/1"u8);
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
