using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>The byte models of order 1, 2, 3 of one fold's counts, each smoothed by the one below (trajectory.md §6A).</summary>
/// <remarks>Scoring does not change it: any number of threads may.</remarks>
internal sealed class NgramModel
{
    private const double Alpha0 = 1;
    private const double Alpha1 = 10;
    private const double Alpha2 = 20;
    private const double Alpha3 = 20;

    // A probability is at least 1e-40 with counts below 1e10, so four factors keep a product above this from underflow.
    private const double RescaleBelow = 1e-140;

    private readonly NgramCounts counts;
    private readonly double[] order1 = new double[1 << 16];
    private readonly double[] inverse2 = new double[1 << 16];
    private readonly double[] inverse3;

    public NgramModel(NgramCounts counts)
    {
        this.counts = counts;
        var symbols = new long[256];
        var symbolsAfter = new long[1 << 16];
        var contexts2 = new long[1 << 16];
        var trigrams = counts.Trigrams;
        for (var context = 0; context < contexts2.Length; context++)
        {
            var row = trigrams.Slice(context << 8, 256);
            // Most contexts never occur in text.
            if (row.ContainsAnyExcept(0u))
            {
                for (var symbol = 0; symbol < row.Length; symbol++)
                {
                    symbolsAfter[(context << 8 | symbol) & 0xFFFF] += row[symbol];
                    contexts2[context] += row[symbol];
                }
            }
        }

        var contexts1 = new long[256];
        for (var i = 0; i < symbolsAfter.Length; i++)
        {
            contexts1[i >> 8] += symbolsAfter[i];
            symbols[i & 0xFF] += symbolsAfter[i];
        }

        var all = symbols.Sum();
        SymbolCounts = symbols;
        for (var i = 0; i < order1.Length; i++)
        {
            var order0 = (symbols[i & 0xFF] + (Alpha0 / 256)) / (all + Alpha0);
            order1[i] = (symbolsAfter[i] + (Alpha1 * order0)) / (contexts1[i >> 8] + Alpha1);
            inverse2[i] = 1 / (contexts2[i] + Alpha2);
        }

        inverse3 = Array.ConvertAll(counts.HashedContexts(), n => 1 / (n + Alpha3));
    }

    /// <summary>Occurrences of each byte.</summary>
    public ReadOnlyMemory<long> SymbolCounts { get; }

    /// <summary>Code lengths in nats of a record's trained part.</summary>
    public (double Order1, double Order2, double Order3) Score(ReadOnlySpan<byte> part)
    {
        var (product1, product2, product3) = (default(Product), default(Product), default(Product));
        ref var trigrams = ref MemoryMarshal.GetReference(counts.Trigrams);
        ref var hashed = ref MemoryMarshal.GetReference(counts.HashedSymbols);
        ref var p1s = ref MemoryMarshal.GetArrayDataReference(order1);
        ref var inverse2s = ref MemoryMarshal.GetArrayDataReference(inverse2);
        ref var inverse3s = ref MemoryMarshal.GetArrayDataReference(inverse3);
        var (q1, q2, q3) = (1.0, 1.0, 1.0);
        uint gram = 0;
        var ahead = 0u;
        for (var i = 0; i < Math.Min(part.Length, NgramCounts.Lead); i++)
        {
            ahead = Prefetch(ahead, part[i], ref hashed, ref inverse3s);
        }

        for (var i = 0; i < part.Length; i++)
        {
            if (i + NgramCounts.Lead < part.Length)
            {
                ahead = Prefetch(ahead, part[i + NgramCounts.Lead], ref hashed, ref inverse3s);
            }

            // All indices are in range by mask and shift.
            var context = gram & NgramCounts.TrigramMask;
            gram = gram << 8 | part[i];
            var p1 = Unsafe.Add(ref p1s, gram & 0xFFFF);
            var p2 =
                (Unsafe.Add(ref trigrams, gram & NgramCounts.TrigramMask) + (Alpha2 * p1))
                * Unsafe.Add(ref inverse2s, context & 0xFFFF);
            var p3 =
                (Unsafe.Add(ref hashed, gram * NgramCounts.HashMultiplier >> NgramCounts.SymbolShift) + (Alpha3 * p2))
                * Unsafe.Add(ref inverse3s, context * NgramCounts.HashMultiplier >> NgramCounts.ContextShift);
            q1 *= p1;
            q2 *= p2;
            // Hashed counts may collide: only there can a probability exceed 1.
            q3 *= double.MinNative(p3, 1);
            if ((i & 3) == 3)
            {
                Rescale(ref q1, ref product1);
                Rescale(ref q2, ref product2);
                Rescale(ref q3, ref product3);
            }
        }

        return (product1.Nats(q1), product2.Nats(q2), product3.Nats(q3));
    }

    // The hashed tables do not fit a cache, and their addresses are known long before their values are needed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Prefetch(uint gram, byte symbol, ref uint hashed, ref double inverse3s)
    {
        var context = gram & NgramCounts.TrigramMask;
        gram = gram << 8 | symbol;
        CachePrefetch.Load(ref inverse3s, context * NgramCounts.HashMultiplier >> NgramCounts.ContextShift);
        CachePrefetch.Load(ref hashed, gram * NgramCounts.HashMultiplier >> NgramCounts.SymbolShift);
        return gram;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rescale(ref double factor, ref Product product)
    {
        if (factor < RescaleBelow)
        {
            product.TakeExponent(ref factor);
        }
    }

    /// <summary>The powers of two taken out of a product of probabilities, so that one logarithm a record is enough.</summary>
    private struct Product
    {
        private long exponent;

        public void TakeExponent(ref double factor)
        {
            var bits = BitConverter.DoubleToInt64Bits(factor);
            exponent += (bits >> 52) - 1023;
            factor = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        }

        public readonly double Nats(double factor) => -(Math.Log(factor) + (exponent * 0.693147180559945309417));
    }
}
