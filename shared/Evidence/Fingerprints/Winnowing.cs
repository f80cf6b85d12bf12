using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.Fingerprints;

/// <summary>Robust winnowing (Schleimer, Wilkerson and Aiken, 2003): which grams of a text are its fingerprints.</summary>
public static class Winnowing
{
    private const int Gram = FingerprintScheme.Gram;
    private const int Window = FingerprintScheme.Window;
    private const int Stretch = GramOrders.Stretch;

    /// <summary>
    /// Adds the places of the fingerprints, ascending. Each window of grams has its least one: the one chosen before while it is still the
    /// least, else the rightmost. A text with fewer grams than a window has one fingerprint, one without a gram has none.
    /// </summary>
    [SkipLocalsInit]
    public static void Select(ReadOnlySpan<byte> text, List<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var grams = text.Length - Gram + 1;
        if (grams <= 0)
        {
            return;
        }

        var orders = new GramOrders(text, stackalloc ulong[GramOrders.MemoryNeeded]);
        // A window of what came before, then the stretch: entry i is the order of gram first + i.
        Span<ulong> known = stackalloc ulong[Window + Stretch];
        var (place, at) = (0, 0);
        for (var done = 0; done < grams; done += Stretch)
        {
            var count = Math.Min(Stretch, grams - done);
            orders.Next(known.Slice(Window, count));
            var first = done - Window;
            var end = done + count;
            if (done == 0)
            {
                at = Math.Min(Window, grams);
                place = Rightmost(known.Slice(Window, at));
                places.Add(place);
            }

            // `at` is the next gram; the window that ends before it has the least one at `place`.
            var least = known[place - first];
            while (at < end)
            {
                var until = Math.Min(place + Window, end);
                var less = FirstBelow(known[(at - first)..(until - first)], least);
                if (less >= 0)
                {
                    place = at + less;
                    at = place + 1;
                }
                else if (until < end)
                {
                    // Not in the next window any more, and nothing in it is less: the least of what remains.
                    place = until - Window + 1 + Rightmost(known.Slice(until - Window + 1 - first, Window));
                    at = until + 1;
                }
                else
                {
                    at = until;
                    break;
                }

                least = known[place - first];
                places.Add(place);
            }

            known.Slice(count, Window).CopyTo(known);
        }
    }

    private static int FirstBelow(ReadOnlySpan<ulong> orders, ulong limit)
    {
        ref var order = ref MemoryMarshal.GetReference(orders);
        var limits = Vector256.Create(limit);
        var i = 0;
        for (; i + Vector256<ulong>.Count <= orders.Length; i += Vector256<ulong>.Count)
        {
            var below = Vector256.LessThan(Vector256.LoadUnsafe(ref order, (nuint)i), limits);
            if (below != Vector256<ulong>.Zero)
            {
                return i + BitOperations.TrailingZeroCount(below.ExtractMostSignificantBits());
            }
        }

        for (; i < orders.Length; i++)
        {
            if (orders[i] < limit)
            {
                return i;
            }
        }

        return -1;
    }

    private static int Rightmost(ReadOnlySpan<ulong> orders)
    {
        ref var order = ref MemoryMarshal.GetReference(orders);
        if (orders.Length != Window)
        {
            return Rightmost(orders, Least(orders));
        }

        var leasts = Vector256.LoadUnsafe(ref order);
        for (var i = Vector256<ulong>.Count; i < Window; i += Vector256<ulong>.Count)
        {
            leasts = Vector256.Min(leasts, Vector256.LoadUnsafe(ref order, (nuint)i));
        }

        var half = Vector128.Min(leasts.GetLower(), leasts.GetUpper());
        return Rightmost(orders, Math.Min(half[0], half[1]));
    }

    private static ulong Least(ReadOnlySpan<ulong> orders)
    {
        var least = ulong.MaxValue;
        foreach (var order in orders)
        {
            least = Math.Min(least, order);
        }

        return least;
    }

    private static int Rightmost(ReadOnlySpan<ulong> orders, ulong least) => orders.LastIndexOf(least);
}
