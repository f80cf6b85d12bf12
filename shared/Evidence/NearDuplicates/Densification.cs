namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// Gives each bin without a shingle the minimum of another one, so that two equal sets stay equal and of two sets the expected share of equal bins is
/// their similarity: optimal densification (Shrivastava, Optimal Densification for Fast and Accurate Minwise Hashing, ICML 2017). Which bin
/// it is depends on the empty one alone, by a row of draws of which the first that has a shingle counts.
/// </summary>
internal static class Densification
{
    // Nine fillings in ten end with one of the first draws, where a quarter of the bins have a shingle.
    private const int Kept = 8;

    private static readonly byte[] First =
    [
        .. Enumerable.Range(0, MinHashScheme.Bins * Kept).Select(i => (byte)Drawn(i / Kept, i % Kept, MinHashScheme.Bins)),
    ];

    /// <summary>How many bins have a shingle.</summary>
    public static int Filled(ReadOnlySpan<ulong> minima) => minima.Length - minima.Count(TextMinima.Empty);

    /// <param name="minima">At least one of them is not empty.</param>
    /// <param name="dense">As many.</param>
    public static void Fill(ReadOnlySpan<ulong> minima, Span<ulong> dense)
    {
        for (var bin = 0; bin < minima.Length; bin++)
        {
            var minimum = minima[bin];
            for (var draw = 0; minimum == TextMinima.Empty; draw++)
            {
                minimum = minima[
                    draw < Kept && minima.Length == MinHashScheme.Bins
                        ? First[(bin * Kept) + draw]
                        : Drawn(bin, draw, minima.Length)
                ];
            }

            dense[bin] = minimum;
        }
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
