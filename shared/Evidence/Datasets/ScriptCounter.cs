using System.Text;

namespace Lace.Evidence.Datasets;

/// <summary>Which scripts the letters of a text belong to, by Unicode block: a guess at its languages.</summary>
internal sealed class ScriptCounter
{
    // First code point and script of each range, in order; a range ends where the next begins. The coarse blocks of Unicode 16.
    private static readonly (int First, string Script)[] Ranges =
    [
        (0x0000, "latin"),
        (0x0370, "greek"),
        (0x0400, "cyrillic"),
        (0x0530, "armenian"),
        (0x0590, "hebrew"),
        (0x0600, "arabic"),
        (0x0700, "other"),
        (0x0750, "arabic"),
        (0x0780, "other"),
        (0x0870, "arabic"),
        (0x0900, "devanagari"),
        (0x0980, "bengali"),
        (0x0A00, "gurmukhi"),
        (0x0A80, "gujarati"),
        (0x0B00, "oriya"),
        (0x0B80, "tamil"),
        (0x0C00, "telugu"),
        (0x0C80, "kannada"),
        (0x0D00, "malayalam"),
        (0x0D80, "sinhala"),
        (0x0E00, "thai"),
        (0x0E80, "lao"),
        (0x0F00, "tibetan"),
        (0x1000, "myanmar"),
        (0x10A0, "georgian"),
        (0x1100, "hangul"),
        (0x1200, "ethiopic"),
        (0x13A0, "other"),
        (0x1780, "khmer"),
        (0x1800, "other"),
        (0x1C80, "cyrillic"),
        (0x1C90, "georgian"),
        (0x1CC0, "other"),
        (0x1D00, "latin"),
        (0x1F00, "greek"),
        (0x2000, "other"),
        (0x2C60, "latin"),
        (0x2C80, "other"),
        (0x2DE0, "cyrillic"),
        (0x2E00, "other"),
        (0x2E80, "han"),
        (0x3040, "kana"),
        (0x3100, "han"),
        (0x3130, "hangul"),
        (0x3190, "han"),
        (0x31F0, "kana"),
        (0x3200, "other"),
        (0x3400, "han"),
        (0xA000, "other"),
        (0xA640, "cyrillic"),
        (0xA6A0, "other"),
        (0xA720, "latin"),
        (0xA800, "other"),
        (0xAC00, "hangul"),
        (0xD7B0, "other"),
        (0xF900, "han"),
        (0xFB00, "latin"),
        (0xFB13, "other"),
        (0xFB1D, "hebrew"),
        (0xFB50, "arabic"),
        (0xFE00, "other"),
        (0xFE70, "arabic"),
        (0xFEFF, "other"),
        (0xFF21, "latin"),
        (0xFF66, "kana"),
        (0xFFA0, "hangul"),
        (0xFFDD, "other"),
        (0x20000, "han"),
        (0x32000, "other"),
    ];

    private readonly long[] letters = new long[Ranges.Length];

    /// <summary>Counts the letters beyond ASCII of a trained part that occurs so many times; bytes that are not UTF-8 are left out.</summary>
    public void Add(ReadOnlySpan<byte> part, long times)
    {
        while (part.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) is >= 0 and var at)
        {
            part = part[at..];
            Rune.DecodeFromUtf8(part, out var rune, out var consumed);
            part = part[consumed..];
            if (rune != Rune.ReplacementChar && Rune.IsLetter(rune))
            {
                letters[RangeOf(rune.Value)] += times;
            }
        }
    }

    /// <summary>Share of each script among the letters, largest first, those of at least 0.1 %.</summary>
    /// <param name="asciiLetters">How many of all bytes are ASCII letters.</param>
    public IReadOnlyDictionary<string, double> Shares(long asciiLetters)
    {
        letters[0] += asciiLetters;
        double all = Math.Max(1, letters.Sum());
        return Ranges
            .Zip(letters, (range, count) => (range.Script, Count: count))
            .GroupBy(range => range.Script, StringComparer.Ordinal)
            .Select(group => (Script: group.Key, Share: Math.Round(group.Sum(range => range.Count) / all, 4)))
            .Where(script => script.Share >= 0.001)
            .OrderByDescending(script => script.Share)
            .ThenBy(script => script.Script, StringComparer.Ordinal)
            .ToDictionary(script => script.Script, script => script.Share, StringComparer.Ordinal);
    }

    private static int RangeOf(int codePoint)
    {
        var (low, high) = (0, Ranges.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Ranges[middle].First <= codePoint ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
