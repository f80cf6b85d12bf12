using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Fingerprints;

/// <summary>Robust winnowing (Schleimer, Wilkerson and Aiken, 2003): which grams of a text are its fingerprints.</summary>
public static class Winnowing
{
    private const int Gram = FingerprintScheme.Gram;
    private const int Window = FingerprintScheme.Window;

    /// <summary>
    /// Adds the places of the fingerprints, ascending. Each window of grams has its least one: the one chosen before while it is still the
    /// least, else the rightmost. A text with fewer grams than a window has one fingerprint, one without a gram has none.
    /// </summary>
    public static void Select(ReadOnlySpan<byte> text, List<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var grams = text.Length - Gram + 1;
        if (grams <= 0)
        {
            return;
        }

        // The table has 256 entries and a place in the ring is masked: no index can be out of range.
        ref var table = ref MemoryMarshal.GetArrayDataReference(GramHash.Table);
        ref var symbols = ref MemoryMarshal.GetReference(text);
        Span<ulong> memory = stackalloc ulong[Window];
        ref var ring = ref MemoryMarshal.GetReference(memory);
        var hash = First(text);
        var (least, place) = (ulong.MaxValue, 0);
        for (var at = 0; ; )
        {
            var order = hash * GramHash.Odd;
            Unsafe.Add(ref ring, at & (Window - 1)) = order;
            if (at < Window ? order <= least : order < least)
            {
                (least, place) = (order, at);
                if (at >= Window)
                {
                    places.Add(at);
                }
            }
            else if (place <= at - Window)
            {
                (least, place) = Rightmost(ref ring, at);
                places.Add(place);
            }

            if (at == Window - 1 || (at == grams - 1 && at < Window))
            {
                places.Add(place);
            }

            if (++at == grams)
            {
                return;
            }

            hash =
                BitOperations.RotateLeft(hash, 1)
                ^ BitOperations.RotateLeft(Unsafe.Add(ref table, Unsafe.Add(ref symbols, at - 1)), Gram)
                ^ Unsafe.Add(ref table, Unsafe.Add(ref symbols, at + Gram - 1));
        }
    }

    private static ulong First(ReadOnlySpan<byte> text)
    {
        ulong hash = 0;
        foreach (var symbol in text[..Gram])
        {
            hash = BitOperations.RotateLeft(hash, 1) ^ GramHash.Table[symbol];
        }

        return hash;
    }

    // Of the window that ends at a place.
    private static (ulong Least, int Place) Rightmost(ref ulong ring, int end)
    {
        var (least, place) = (ulong.MaxValue, end);
        for (var at = end; at > end - Window; at--)
        {
            var order = Unsafe.Add(ref ring, at & (Window - 1));
            if (order < least)
            {
                (least, place) = (order, at);
            }
        }

        return (least, place);
    }
}
