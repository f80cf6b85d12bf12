using System.Buffers.Binary;

namespace Lace.Evidence.Transparency.Tiles;

/// <summary>Entries one after the other, each behind its length as two bytes, most significant first (C2SP tlog-tiles).</summary>
public static class EntryBundle
{
    /// <summary>The most bytes of an entry.</summary>
    public const int MaxEntryBytes = ushort.MaxValue;

    /// <summary>The most bytes of a bundle.</summary>
    public const int MaxBytes = TilePath.FullWidth * (sizeof(ushort) + MaxEntryBytes);

    /// <summary>The entries of a bundle; null unless it holds exactly <paramref name="count"/> and nothing behind them.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? Read(ReadOnlyMemory<byte> bundle, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, TilePath.FullWidth);
        var entries = new List<ReadOnlyMemory<byte>>(count);
        while (entries.Count < count)
        {
            if (bundle.Length < sizeof(ushort))
            {
                return null;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            if (bundle.Length - sizeof(ushort) < length)
            {
                return null;
            }

            entries.Add(bundle.Slice(sizeof(ushort), length));
            bundle = bundle[(sizeof(ushort) + length)..];
        }

        return bundle.IsEmpty ? entries : null;
    }
}
