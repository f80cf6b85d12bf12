using System.Globalization;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// What N1 knows of Unicode, pinned to version 14.0.0: the runtime's own data follow its version, and without ICU it does not normalise at all.
/// </summary>
internal sealed class UnicodeTables
{
    /// <summary>The code point is a letter or a decimal digit.</summary>
    public const byte Kept = 1;

    /// <summary>NFKC leaves it alone, and what comes before it does not matter to what follows.</summary>
    public const byte Stable = 2;

    /// <summary>It has another lower case.</summary>
    public const byte HasLower = 4;

    public const int CodePoints = 0x110000;

    private static readonly Lazy<UnicodeTables> Loaded = new(Load);

    private readonly byte[] traits = new byte[CodePoints];
    private readonly Dictionary<int, int> lower = [];
    private readonly Dictionary<int, byte> classes = [];
    private readonly Dictionary<int, int[]> decompositions = [];
    private readonly Dictionary<(int, int), int> composites = [];

    public static UnicodeTables Instance => Loaded.Value;

    public byte Traits(int codePoint) => traits[codePoint];

    public int Lower(int codePoint) => lower.GetValueOrDefault(codePoint, codePoint);

    /// <summary>Canonical combining class; 0 of a starter.</summary>
    public byte Class(int codePoint) => classes.GetValueOrDefault(codePoint);

    /// <summary>The full compatibility decomposition; null where the code point is its own, and for Hangul syllables.</summary>
    public int[]? Decomposition(int codePoint) => decompositions.GetValueOrDefault(codePoint);

    /// <summary>The primary composite of two code points; null where they do not compose.</summary>
    public int? Composite(int first, int second) =>
        composites.TryGetValue((first, second), out var composed) ? composed : null;

    private static UnicodeTables Load()
    {
        using var resource = typeof(UnicodeTables).Assembly.GetManifestResourceStream("unicode-14.txt")!;
        using var reader = new StreamReader(resource);
        var tables = new UnicodeTables();
        while (reader.ReadLine() is { } line)
        {
            tables.Add(line.Split(' '));
        }

        return tables;
    }

    private void Add(string[] line)
    {
        switch (line[0])
        {
            case "K":
                Mark(Code(line[1]), Code(line[2]), Kept);
                break;
            case "S":
                Mark(Code(line[1]), Code(line[2]), Stable);
                break;
            case "L":
                lower.Add(Code(line[1]), Code(line[2]));
                Mark(Code(line[1]), Code(line[1]), HasLower);
                break;
            case "C":
                for (var code = Code(line[2]); code <= Code(line[3]); code++)
                {
                    classes.Add(code, byte.Parse(line[1], CultureInfo.InvariantCulture));
                }

                break;
            case "D":
                decompositions.Add(Code(line[1]), [.. line.Skip(2).Select(Code)]);
                break;
            case "P":
                composites.Add((Code(line[1]), Code(line[2])), Code(line[3]));
                break;
            default:
                throw new InvalidDataException($"unicode-14.txt has no lines of the kind '{line[0]}'.");
        }
    }

    private void Mark(int first, int last, byte trait)
    {
        for (var code = first; code <= last; code++)
        {
            traits[code] |= trait;
        }
    }

    private static int Code(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
