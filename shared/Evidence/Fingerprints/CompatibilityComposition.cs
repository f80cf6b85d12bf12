using System.Runtime.InteropServices;

namespace Lace.Evidence.Fingerprints;

/// <summary>NFKC (Unicode Standard Annex 15) of one run of code points. Belongs to one thread.</summary>
internal sealed class CompatibilityComposition
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Syllables = Leads * Vowels * Trails;

    /// <summary>Longer runs of marks are sorted by counting, so that a hostile text takes no quadratic time.</summary>
    private const int ShortRun = 16;

    private readonly UnicodeTables tables = UnicodeTables.Instance;
    private readonly List<int> decomposed = [];
    private readonly List<int> sorted = [];

    /// <summary>The run composed, valid until the next call.</summary>
    public ReadOnlySpan<int> Compose(ReadOnlySpan<int> run)
    {
        decomposed.Clear();
        foreach (var code in run)
        {
            Decompose(code);
        }

        var codes = CollectionsMarshal.AsSpan(decomposed);
        Order(codes);
        return codes[..Recompose(codes)];
    }

    private void Decompose(int code)
    {
        if (code is >= SyllableBase and < SyllableBase + Syllables)
        {
            var index = code - SyllableBase;
            decomposed.Add(LeadBase + (index / (Vowels * Trails)));
            decomposed.Add(VowelBase + (index % (Vowels * Trails) / Trails));
            if (index % Trails is > 0 and var trail)
            {
                decomposed.Add(TrailBase + trail);
            }
        }
        else if (tables.Decomposition(code) is { } parts)
        {
            decomposed.AddRange(parts);
        }
        else
        {
            decomposed.Add(code);
        }
    }

    // Marks between two starters come into the order of their classes; equal classes keep theirs.
    private void Order(Span<int> codes)
    {
        for (var start = 0; start < codes.Length; start++)
        {
            var end = start;
            while (end < codes.Length && tables.Class(codes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                Sort(codes[start..end]);
            }

            start = end;
        }
    }

    private void Sort(Span<int> marks)
    {
        if (marks.Length > ShortRun)
        {
            sorted.Clear();
            sorted.AddRange(marks.ToArray().OrderBy(tables.Class));
            CollectionsMarshal.AsSpan(sorted).CopyTo(marks);
            return;
        }

        for (var i = 1; i < marks.Length; i++)
        {
            for (var j = i; j > 0 && tables.Class(marks[j - 1]) > tables.Class(marks[j]); j--)
            {
                (marks[j - 1], marks[j]) = (marks[j], marks[j - 1]);
            }
        }
    }

    // Writes over what was read: there is never more composed than decomposed.
    private int Recompose(Span<int> codes)
    {
        var (length, starter) = (0, -1);
        byte before = 0;
        foreach (var code in codes)
        {
            var own = tables.Class(code);
            // Blocked where something since the starter has a class that is 0 or not below its own.
            var isNext = starter >= 0 && (length == starter + 1 || (before < own && before != 0));
            if (isNext && Pair(codes[starter], code) is { } composed)
            {
                codes[starter] = composed;
                continue;
            }

            if (own == 0)
            {
                starter = length;
            }

            before = own;
            codes[length++] = code;
        }

        return length;
    }

    private int? Pair(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + Leads && second is >= VowelBase and < VowelBase + Vowels)
        {
            return SyllableBase + ((((first - LeadBase) * Vowels) + second - VowelBase) * Trails);
        }

        return
            first is >= SyllableBase and < SyllableBase + Syllables
            && (first - SyllableBase) % Trails == 0
            && second is > TrailBase and < TrailBase + Trails
            ? first + second - TrailBase
            : tables.Composite(first, second);
    }
}
