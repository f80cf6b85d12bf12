using System.Globalization;
using System.Text;

namespace Lace.Worker.Models;

/// <summary>
/// Canonical composition (Unicode normalization form C). The runtime's own needs a library that this process does without, and leaves
/// text as it is.
/// </summary>
internal static class Nfc
{
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int SyllableBase = 0xAC00;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Syllables = 19 * Vowels * Trails;

    private static readonly Lazy<Tables> Data = new(Tables.Read);

    public static string Normalize(string text)
    {
        // Below the first combining mark, U+0300, nothing composes and everything is composed.
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF') < 0)
        {
            return text;
        }

        var codes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        Order(codes);
        return Compose(codes);
    }

    private static void Decompose(int code, List<int> codes)
    {
        var syllable = code - SyllableBase;
        if (syllable is >= 0 and < Syllables)
        {
            codes.Add(LeadBase + syllable / (Vowels * Trails));
            codes.Add(VowelBase + syllable % (Vowels * Trails) / Trails);
            if (syllable % Trails != 0)
            {
                codes.Add(TrailBase + syllable % Trails);
            }
        }
        else if (Data.Value.Parts.TryGetValue(code, out var parts))
        {
            Decompose(parts.First, codes);
            if (parts.Second != 0)
            {
                Decompose(parts.Second, codes);
            }
        }
        else
        {
            codes.Add(code);
        }
    }

    /// <summary>Marks after one letter stand in the order of their classes; equal ones keep theirs.</summary>
    private static void Order(List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            var end = start;
            while (end < codes.Count && Class(codes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = codes.GetRange(start, end - start).OrderBy(Class).ToList();
                for (var i = start; i < end; i++)
                {
                    codes[i] = sorted[i - start];
                }
            }

            start = Math.Max(start, end - 1);
        }
    }

    private static string Compose(List<int> codes)
    {
        var made = new List<int>(codes.Count);
        var starter = -1;
        var last = 0; // class of the mark before, where it stayed between the starter and here
        foreach (var code in codes)
        {
            var own = Class(code);
            var isBlocked = starter < 0 || (made.Count - 1 > starter && (last == 0 || last >= own));
            if (!isBlocked && Pair(made[starter], code) is { } both)
            {
                made[starter] = both;
                continue;
            }

            made.Add(code);
            last = own;
            if (own == 0)
            {
                starter = made.Count - 1;
            }
        }

        var text = new StringBuilder(made.Count);
        foreach (var code in made)
        {
            text.Append(new Rune(code).ToString());
        }

        return text.ToString();
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + 19 && second is >= VowelBase and < VowelBase + Vowels)
        {
            return SyllableBase + ((first - LeadBase) * Vowels + second - VowelBase) * Trails;
        }

        var syllable = first - SyllableBase;
        if (
            syllable is >= 0 and < Syllables
            && syllable % Trails == 0
            && second is > TrailBase and < TrailBase + Trails
        )
        {
            return first + second - TrailBase;
        }

        return Data.Value.Whole.TryGetValue((first, second), out var whole) ? whole : null;
    }

    private static int Class(int code) => Data.Value.Classes.GetValueOrDefault(code);

    /// <summary><c>nfc.txt</c>, which <c>make_nfc.py</c> writes.</summary>
    private sealed record Tables(
        Dictionary<int, (int First, int Second)> Parts,
        Dictionary<(int First, int Second), int> Whole,
        Dictionary<int, int> Classes
    )
    {
        public static Tables Read()
        {
            var tables = new Tables([], [], []);
            using var stream = typeof(Nfc).Assembly.GetManifestResourceStream("nfc.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (line[0] != '#')
                {
                    tables.Add(line.Split(' '));
                }
            }

            return tables;
        }

        private void Add(string[] fields)
        {
            var codes = Array.ConvertAll(fields[1..], field => int.Parse(field, NumberStyles.HexNumber));
            if (fields[0] is "=" or ">")
            {
                Parts.Add(codes[0], (codes[1], codes.Length > 2 ? codes[2] : 0));
                if (fields[0] == "=")
                {
                    Whole.Add((codes[1], codes[2]), codes[0]);
                }

                return;
            }

            for (var code = codes[0]; code <= codes[1]; code++)
            {
                Classes.Add(code, int.Parse(fields[0]));
            }
        }
    }
}
