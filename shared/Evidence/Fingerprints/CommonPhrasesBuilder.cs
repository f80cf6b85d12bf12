using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;

namespace Lace.Evidence.Fingerprints;

/// <summary>Collects the grams of texts and keeps those that enough of the texts have. Belongs to one thread.</summary>
/// <param name="inTexts">In how many texts a gram is found at least.</param>
public sealed class CommonPhrasesBuilder(int inTexts)
{
    /// <summary>Most grams of all texts together, as many as they have bytes: 1 GiB of memory.</summary>
    public const int MaxGrams = 1 << 27;

    private readonly SipHash24 hash = new(CommonPhrases.Salt.Span);
    private readonly TextNormalizer normalizer = new();
    private readonly List<ulong> all = [];

    public int Texts { get; private set; }

    /// <summary>False where it would be more than <see cref="MaxGrams"/>.</summary>
    public bool TryAdd(ReadOnlySpan<byte> text)
    {
        var normalised = normalizer.Normalize(text);
        if (normalised.Length > MaxGrams - all.Count)
        {
            return false;
        }

        Texts++;
        var first = all.Count;
        for (var at = 0; at <= normalised.Length - FingerprintScheme.Gram; at++)
        {
            all.Add(hash.Hash(normalised.Slice(at, FingerprintScheme.Gram)));
        }

        // A gram that one text has twice is in one text.
        var ofText = CollectionsMarshal.AsSpan(all)[first..];
        ofText.Sort();
        CollectionsMarshal.SetCount(all, first + Different(ofText));
        return true;
    }

    /// <summary>How many different grams <see cref="Build"/> kept.</summary>
    public int Kept { get; private set; }

    public CommonPhrases Build()
    {
        var sorted = CollectionsMarshal.AsSpan(all);
        sorted.Sort();
        var kept = new List<ulong>();
        for (int first = 0, next; first < sorted.Length; first = next)
        {
            for (next = first + 1; next < sorted.Length && sorted[next] == sorted[first]; next++) { }
            if (next - first >= inTexts)
            {
                kept.Add(sorted[first]);
            }
        }

        Kept = kept.Count;
        return CommonPhrases.Of(CollectionsMarshal.AsSpan(kept));
    }

    /// <summary>Moves what differs from what stands before it to the front, and returns how much that is.</summary>
    private static int Different(Span<ulong> sorted)
    {
        var kept = 0;
        foreach (var value in sorted)
        {
            if (kept == 0 || sorted[kept - 1] != value)
            {
                sorted[kept++] = value;
            }
        }

        return kept;
    }
}
