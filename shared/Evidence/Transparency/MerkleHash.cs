using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Transparency;

/// <summary>A SHA-256 value: a leaf, a node or a tree head. 64 lower-case hex digits as text.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MerkleHash
{
    public const int Size = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly ulong a;
    private readonly ulong b;
    private readonly ulong c;
    private readonly ulong d;

    /// <param name="bytes">Exactly 32 bytes.</param>
    public MerkleHash(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size, nameof(bytes));
        a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..Size], d);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], b);
        BinaryPrimitives.WriteUInt64BigEndian(destination, a);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>False for anything but 64 lower-case hex digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? hex, out MerkleHash hash)
    {
        hash = default;
        if (hex is not { Length: 2 * Size } || hex.AsSpan().ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        hash = new MerkleHash(Convert.FromHexString(hex));
        return true;
    }
}
