using System.Security.Cryptography;

namespace Lace.Cryptography;

//  AES-256-KWP
//
//  References   RFC 5649; NIST SP 800-38F, section 6.3
//  Sizes        key-encryption key 32 bytes; key data 1 to 8192 bytes; wrapped: key data rounded up to 8, and 8 more
//  Limits       deterministic: equal keys wrap to equal bytes; no associated data: bind a use by deriving the KEK for it
//  Security     authenticated by a 32-bit constant, the length and the padding: for keys, not for messages
//
//  The work is the platform's (Aes.EncryptKeyWrapPadded); constant time as far as its AES is.

/// <summary>Wraps keys under a key by AES-256 key wrap with padding.</summary>
public static class AesKeyWrap
{
    /// <summary>Bytes of the key-encryption key.</summary>
    public const int KeySize = 32;

    /// <summary>Most bytes that can be wrapped: every private key there is, no file.</summary>
    public const int MaxKeyDataSize = 8192;

    /// <summary>Bytes of the wrapped form of so many.</summary>
    public static int WrappedSize(int keyDataSize) => Aes.GetKeyWrapPaddedLength(keyDataSize);

    /// <summary>Wraps the key data.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> keyEncryptionKey, ReadOnlySpan<byte> keyData)
    {
        if (keyData.Length is 0 or > MaxKeyDataSize)
        {
            throw new ArgumentException($"Key data has 1 to {MaxKeyDataSize} bytes.", nameof(keyData));
        }

        using var aes = Create(keyEncryptionKey);
        return aes.EncryptKeyWrapPadded(keyData);
    }

    /// <summary>Unwraps into a buffer of at least <c>wrapped.Length - 8</c> bytes; false, and a zeroed buffer, for anything but what this key wrapped.</summary>
    public static bool TryUnwrap(
        ReadOnlySpan<byte> keyEncryptionKey,
        ReadOnlySpan<byte> wrapped,
        Span<byte> keyData,
        out int keyDataSize
    )
    {
        keyDataSize = 0;
        using var aes = Create(keyEncryptionKey);
        if (wrapped.Length < 16 || wrapped.Length % 8 != 0 || wrapped.Length > WrappedSize(MaxKeyDataSize))
        {
            return false;
        }

        if (keyData.Length < wrapped.Length - 8)
        {
            throw new ArgumentException($"The buffer needs {wrapped.Length - 8} bytes.", nameof(keyData));
        }

        try
        {
            return aes.TryDecryptKeyWrapPadded(wrapped, keyData, out keyDataSize);
        }
        catch (CryptographicException)
        {
            CryptographicOperations.ZeroMemory(keyData);
            keyDataSize = 0;
            return false;
        }
    }

    private static Aes Create(ReadOnlySpan<byte> keyEncryptionKey)
    {
        if (keyEncryptionKey.Length != KeySize)
        {
            throw new ArgumentException($"The key has {KeySize} bytes.", nameof(keyEncryptionKey));
        }

        var aes = Aes.Create();
        aes.SetKey(keyEncryptionKey);
        return aes;
    }
}
