using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lace.Evidence.LossLog;

/// <summary>A SHA-256 digest as a value: comparable, printable as 64 lower-case hex digits.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Sha256Digest
{
    public const int Size = 32;

    private readonly ulong first;
    private readonly ulong second;
    private readonly ulong third;
    private readonly ulong fourth;

    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public Sha256Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException("A SHA-256 digest has 32 bytes.", nameof(bytes));
        }

        first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    public static Sha256Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new Sha256Digest(hash);
    }

    /// <summary>Reads exactly 64 lower-case hex digits; upper case is another spelling and is refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out Sha256Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (
            hex.Length != 2 * Size
            || hex.IndexOfAnyInRange((byte)'A', (byte)'F') >= 0
            || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done
        )
        {
            return false;
        }

        digest = new Sha256Digest(bytes);
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out Sha256Digest)"/>
    public static bool TryParse(string? hex, out Sha256Digest digest)
    {
        digest = default;
        Span<byte> ascii = stackalloc byte[2 * Size];
        return hex is { Length: 2 * Size }
            && System.Text.Ascii.FromUtf16(hex, ascii, out _) == System.Buffers.OperationStatus.Done
            && TryParse(ascii, out digest);
    }

    /// <exception cref="FormatException">Not 64 lower-case hex digits.</exception>
    public static Sha256Digest Parse(string hex) =>
        TryParse(hex, out var digest) ? digest : throw new FormatException("A SHA-256 digest is 64 lower-case hex digits.");

    /// <summary>Writes the 32 bytes to the start of <paramref name="target"/>.</summary>
    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, first);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], second);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], third);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], fourth);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
