using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Transparency.Tiles;

/// <summary>Which tile or entry bundle of a log, and how much of it (C2SP tlog-tiles).</summary>
/// <remarks>
/// As text <c>tile/L/N[.p/W]</c> or <c>tile/entries/N[.p/W]</c>, with N in groups of three digits, all but the last behind an <c>x</c>:
/// 1234067 is <c>x001/x234/067</c>.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TilePath
{
    /// <summary>Hashes in a full tile, entries in a full bundle.</summary>
    public const int FullWidth = 256;

    /// <summary>Levels of hashes above one another in a tile.</summary>
    public const int Height = 8;

    private const int EntriesLevel = -1;
    private const int MaxLevel = 63;
    private const int MaxText = 64;

    private TilePath(int level, long index, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, FullWidth);
        (Level, Index, Width) = (level, index, width);
    }

    /// <summary>0 for the tiles of leaf hashes; a hash of level l + 1 covers a full tile of level l; -1 for entry bundles.</summary>
    public int Level { get; }

    /// <summary>Number of the tile in its level.</summary>
    public long Index { get; }

    /// <summary>Hashes or entries in it, 1 to 256.</summary>
    public int Width { get; }

    /// <summary>Whether it is a bundle of entries and not a tile of hashes.</summary>
    public bool IsEntries => Level == EntriesLevel;

    /// <summary>Whether it has all 256.</summary>
    public bool IsFull => Width == FullWidth;

    /// <summary>A tile of hashes.</summary>
    /// <param name="level">0 to 63.</param>
    /// <param name="index">From 0.</param>
    /// <param name="width">1 to 256.</param>
    public static TilePath Hashes(int level, long index, int width = FullWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, MaxLevel);
        return new TilePath(level, index, width);
    }

    /// <summary>A bundle of entries; its number and width are those of the tile of level 0 with their hashes.</summary>
    public static TilePath Entries(long index, int width = FullWidth) => new(EntriesLevel, index, width);

    /// <summary>How many hashes tile <paramref name="index"/> of a level has in a log of that size: 0 where there is no such tile.</summary>
    public static int WidthAt(long size, int level, long index)
    {
        var hashes = HashesAt(size, level);
        return (int)Math.Clamp(hashes - Math.Min(hashes, index * FullWidth), 0, FullWidth);
    }

    /// <summary>How many hashes a level has in a log of that size.</summary>
    public static long HashesAt(long size, int level) => level * Height > 62 ? 0 : size >> (level * Height);

    /// <summary>The same tile or bundle with another width.</summary>
    public TilePath WithWidth(int width) => new(Level, Index, width);

    public override string ToString()
    {
        var groups = (Index % 1000).ToString("d3", CultureInfo.InvariantCulture);
        for (var rest = Index / 1000; rest > 0; rest /= 1000)
        {
            groups = $"x{rest % 1000:d3}/{groups}";
        }

        var kind = IsEntries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
        return IsFull ? $"tile/{kind}/{groups}" : $"tile/{kind}/{groups}.p/{Width}";
    }

    /// <summary>False for anything but the one way to write such a path.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TilePath path)
    {
        path = default;
        if (text is not { Length: <= MaxText } || text.Split('/') is not ["tile", var kind, .. var rest])
        {
            return false;
        }

        var width = FullWidth;
        if (rest is [.., var last, var number] && last.EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryNumber(number, FullWidth - 1, out width) || width == 0)
            {
                return false;
            }

            rest = [.. rest[..^2], last[..^2]];
        }

        var level = EntriesLevel;
        if ((kind != "entries" && !TryNumber(kind, MaxLevel, out level)) || !TryIndex(rest, out var index))
        {
            return false;
        }

        path = new TilePath(level, index, width);
        return true;
    }

    private static bool TryIndex(string[] groups, out long index)
    {
        index = 0;
        if (groups.Length is 0 or > 6 || (groups.Length > 1 && groups[0] == "x000"))
        {
            return false;
        }

        for (var i = 0; i < groups.Length; i++)
        {
            var digits =
                i == groups.Length - 1 ? groups[i]
                : groups[i] is ['x', ..] ? groups[i][1..]
                : "";
            if (digits.Length != 3 || !digits.All(char.IsAsciiDigit))
            {
                return false;
            }

            index = (index * 1000) + int.Parse(digits, CultureInfo.InvariantCulture);
        }

        return true;
    }

    private static bool TryNumber(string text, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number <= max
        && (text.Length == 1 || text[0] != '0');
}
