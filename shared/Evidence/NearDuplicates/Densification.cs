using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// Gives each bin without a shingle the minimum of another one, so that two equal sets stay equal and of two sets the expected share of equal bins is
/// their similarity: optimal densification (Shrivastava, Optimal Densification for Fast and Accurate Minwise Hashing, ICML 2017). Which bin
/// it is depends on the empty one alone, by a row of draws of which the first that has a shingle counts.
/// </summary>
internal static class Densification
{
    private const int Kept = 8;

    // The first draws of each bin of the scheme.
    private static readonly byte[] First =
    [
        .. Enumerable
            .Range(0, MinHashScheme.Bins * Kept)
            .Select(i => (byte)Drawn(i / Kept, i % Kept, MinHashScheme.Bins)),
    ];

    /// <summary>How many bins have a shingle.</summary>
    public static int Filled(ReadOnlySpan<ulong> minima) => minima.Length - minima.Count(TextMinima.Empty);

    /// <param name="minima">At least one of them is not empty.</param>
    [SkipLocalsInit]
    public static void Fill(ReadOnlySpan<ulong> minima, Span<ulong> dense)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(dense.Length, minima.Length, nameof(dense));
        Span<int> empty = stackalloc int[minima.Length];
        var count = 0;
        for (var bin = 0; bin < minima.Length; bin++)
        {
            // Without a branch: which bins are empty is nothing that a processor could guess.
            empty[count] = bin;
            count += minima[bin] == TextMinima.Empty ? 1 : 0;
            dense[bin] = minima[bin];
        }

        foreach (var bin in empty[..count])
        {
            dense[bin] = minima.Length == MinHashScheme.Bins ? OfFirst(minima, bin) : OfAny(minima, bin, 0);
        }
    }

    private static ulong OfFirst(ReadOnlySpan<ulong> minima, int bin)
    {
        ref var least = ref MemoryMarshal.GetReference(minima);
        ref var drawn = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(First), bin * Kept);
        var minimum = Either(
            Either(
                Either(
                    Unsafe.Add(ref least, Unsafe.Add(ref drawn, 0)),
                    Unsafe.Add(ref least, Unsafe.Add(ref drawn, 1))
                ),
                Either(Unsafe.Add(ref least, Unsafe.Add(ref drawn, 2)), Unsafe.Add(ref least, Unsafe.Add(ref drawn, 3)))
            ),
            Either(
                Either(
                    Unsafe.Add(ref least, Unsafe.Add(ref drawn, 4)),
                    Unsafe.Add(ref least, Unsafe.Add(ref drawn, 5))
                ),
                Either(Unsafe.Add(ref least, Unsafe.Add(ref drawn, 6)), Unsafe.Add(ref least, Unsafe.Add(ref drawn, 7)))
            )
        );
        return minimum == TextMinima.Empty ? OfAny(minima, bin, Kept) : minimum;
    }

    // The first unless it is empty, without a branch.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Either(ulong first, ulong second)
    {
        var isEmpty = first == TextMinima.Empty;
        var mask = 0UL - Unsafe.BitCast<bool, byte>(isEmpty);
        return (first & ~mask) | (second & mask);
    }

    private static ulong OfAny(ReadOnlySpan<ulong> minima, int bin, int draw)
    {
        ulong minimum;
        do
        {
            minimum = minima[Drawn(bin, draw++, minima.Length)];
        } while (minimum == TextMinima.Empty);

        return minimum;
    }

    // splitmix64 of bin and draw; the high half of its product with the number of bins is uniform below that.
    private static int Drawn(int bin, int draw, int bins)
    {
        var mixed = ((ulong)(bin + 1) << 32) + (ulong)draw;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        mixed ^= mixed >> 31;
        return (int)Math.BigMul(mixed, (ulong)bins, out _);
    }
}
