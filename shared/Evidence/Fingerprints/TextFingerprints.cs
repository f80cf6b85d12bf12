using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;

namespace Lace.Evidence.Fingerprints;

/// <summary>Fingerprints texts one by one. Belongs to one thread.</summary>
/// <param name="settings">The key of a keyed filter is not used here: see <see cref="KeyedFingerprints"/>.</param>
public sealed class TextFingerprints(FingerprintSettings settings)
{
    private readonly SipHash24 hash = new(settings.Salt.Span);
    private readonly TextNormalizer normalizer = new();
    private readonly PersonalPatterns patterns = new();
    private readonly List<int> places = [];

    /// <summary>Bytes of the text that <see cref="Of"/> saw last, normalised.</summary>
    public int NormalizedLength { get; private set; }

    /// <summary>That text, normalised; valid until the next one.</summary>
    internal ReadOnlySpan<byte> Normalized => normalizer.Normalized;

    /// <summary>Adds the salted fingerprints of a text in its order, and returns those that a public filter leaves out.</summary>
    public SkippedGrams Add(ReadOnlySpan<byte> text, List<ulong> fingerprints)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        if (settings.Tier == FingerprintTier.Public)
        {
            return AddPublic(text, fingerprints);
        }

        var normalised = normalizer.Normalize(text);
        Select(normalised);
        var first = fingerprints.Count;
        CollectionsMarshal.SetCount(fingerprints, first + places.Count);
        hash.Hash(
            normalised,
            CollectionsMarshal.AsSpan(places),
            FingerprintScheme.Gram,
            CollectionsMarshal.AsSpan(fingerprints)[first..]
        );
        return default;
    }

    /// <summary>The fingerprints of a text with where in it they are.</summary>
    public IReadOnlyList<TextWindow> Of(ReadOnlySpan<byte> text, out SkippedGrams skipped)
    {
        skipped = default;
        var normalised = normalizer.Normalize(text, out var origins);
        Select(normalised);
        var personal = settings.Tier == FingerprintTier.Public ? patterns.Find(text) : [];
        var windows = new List<TextWindow>();
        foreach (var place in places)
        {
            var gram = normalised.Slice(place, FingerprintScheme.Gram);
            var (start, last) = (origins[place], origins[place + FingerprintScheme.Gram - 1]);
            var reason = settings.Tier == FingerprintTier.Public ? Reason(gram, start, last, personal) : default;
            skipped += reason;
            if (reason.All == 0)
            {
                windows.Add(new TextWindow(hash.Hash(gram), place, start, last + 1));
            }
        }

        return windows;
    }

    private SkippedGrams AddPublic(ReadOnlySpan<byte> text, List<ulong> fingerprints)
    {
        var personal = patterns.Find(text);
        ReadOnlySpan<int> origins = [];
        // Where bytes come from costs time, and matters only beside what is personal.
        var normalised = personal.Count == 0 ? normalizer.Normalize(text) : normalizer.Normalize(text, out origins);
        Select(normalised);
        var skipped = default(SkippedGrams);
        foreach (var place in places)
        {
            var gram = normalised.Slice(place, FingerprintScheme.Gram);
            var (start, last) = origins.IsEmpty
                ? (0, 0)
                : (origins[place], origins[place + FingerprintScheme.Gram - 1]);
            var reason = Reason(gram, start, last, personal);
            skipped += reason;
            if (reason.All == 0)
            {
                fingerprints.Add(hash.Hash(gram));
            }
        }

        return skipped;
    }

    private void Select(ReadOnlySpan<byte> normalised)
    {
        NormalizedLength = normalised.Length;
        places.Clear();
        Winnowing.Select(normalised, places);
    }

    private static SkippedGrams Reason(
        ReadOnlySpan<byte> gram,
        int start,
        int last,
        IReadOnlyList<(int Start, int End)> personal
    ) =>
        Overlaps(personal, start, last) ? new(1, 0, 0)
        : GramInformation.HasManyDigits(gram) ? new(0, 1, 0)
        : GramInformation.IsRepetitive(gram) ? new(0, 0, 1)
        : default;

    // The first that ends behind the start decides: they are ascending.
    private static bool Overlaps(IReadOnlyList<(int Start, int End)> personal, int start, int last)
    {
        var (low, high) = (0, personal.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = personal[middle].End <= start ? (middle + 1, high) : (low, middle);
        }

        return low < personal.Count && personal[low].Start <= last;
    }
}

/// <summary>A fingerprint of a text.</summary>
/// <param name="Place">Where its 48 bytes begin in the normalised text.</param>
/// <param name="Start">Where they come from in the text itself.</param>
/// <param name="End">Behind where the last of them begins.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TextWindow(ulong Fingerprint, int Place, int Start, int End);
