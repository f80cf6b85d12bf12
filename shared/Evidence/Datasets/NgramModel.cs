using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Lace.Evidence.Datasets;

/// <summary>The byte models of order 1, 2, 3 of one fold's counts, each smoothed by the one below (trajectory.md §6A).</summary>
/// <remarks>Scoring does not change it: any number of threads may.</remarks>
internal sealed class NgramModel
{
    private const double Alpha0 = 1;
    private const double Alpha1 = 10;
    internal const double Alpha2 = 20;
    internal const double Alpha3 = 20;

    // A probability is at least 1e-40 with counts below 1e10, so four factors keep a product above this from underflow.
    internal const double RescaleBelow = 1e-140;

    // Entry of two bytes: of the later one after the earlier, and of what follows the two.
    private readonly Pair[] pairs = new Pair[1 << 16];

    // Entry of three bytes, in pages of two.
    private readonly Triple[] triples;
    private readonly int[] pages;
    private readonly uint[] hashedSymbols;
    private readonly uint[] contexts3;

    /// <param name="counts">Not counted in any more: the model takes its tables over.</param>
    public NgramModel(NgramCounts counts)
    {
        (pages, hashedSymbols, contexts3) = (counts.Pages, counts.HashedSymbols, counts.HashedContexts());
        triples = LargePages.Allocate<Triple>(counts.Trigrams.Length);
        var symbols = new long[256];
        var symbolsAfter = new long[1 << 16];
        var contexts2 = new long[1 << 16];
        for (var pair = 0; pair < pages.Length; pair++)
        {
            for (var symbol = 0; pages[pair] > 0 && symbol < NgramCounts.PageSize; symbol++)
            {
                if (counts.Trigrams[pages[pair] + symbol] is > 0 and var count)
                {
                    var gram = pair << 8 | symbol;
                    symbolsAfter[gram & 0xFFFF] += count;
                    contexts2[pair] += count;
                    triples[pages[pair] + symbol] = new Triple(contexts3[NgramCounts.ContextOf((uint)gram)], count);
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
        for (var i = 0; i < pairs.Length; i++)
        {
            var order0 = (symbols[i & 0xFF] + (Alpha0 / 256)) / (all + Alpha0);
            pairs[i] = new Pair(
                (symbolsAfter[i] + (Alpha1 * order0)) / (contexts1[i >> 8] + Alpha1),
                1 / (contexts2[i] + Alpha2)
            );
        }
    }

    internal ref Pair Pairs => ref MemoryMarshal.GetArrayDataReference(pairs);

    internal ref Triple Triples => ref MemoryMarshal.GetArrayDataReference(triples);

    internal ref int Pages => ref MemoryMarshal.GetArrayDataReference(pages);

    internal ref uint HashedSymbols => ref MemoryMarshal.GetArrayDataReference(hashedSymbols);

    /// <summary>Occurrences of each byte.</summary>
    public ReadOnlyMemory<long> SymbolCounts { get; }

    /// <summary>Code lengths in nats of a record's trained part.</summary>
    public (double Order1, double Order2, double Order3) Score(ReadOnlySpan<byte> part) =>
        Avx2.IsSupported ? NgramVectors.Score(this, part) : ScoreOneByOne(part);

    /// <summary>The same byte by byte: what there is where the processor lacks the vectors, and the twin that tests hold them against.</summary>
    internal (double Order1, double Order2, double Order3) ScoreOneByOne(ReadOnlySpan<byte> part)
    {
        var (product1, product2, product3) = (default(Product), default(Product), default(Product));
        // All indices are in range by mask and shift, or as pages are.
        ref var symbols = ref MemoryMarshal.GetReference(part);
        ref var hashed = ref MemoryMarshal.GetArrayDataReference(hashedSymbols);
        ref var ofPairs = ref MemoryMarshal.GetArrayDataReference(pairs);
        ref var ofTriples = ref MemoryMarshal.GetArrayDataReference(triples);
        ref var page = ref MemoryMarshal.GetArrayDataReference(pages);
        var (q1, q2, q3) = (1.0, 1.0, 1.0);
        uint gram = 0;
        var ahead = 0u;
        for (var i = 0; i < Math.Min(part.Length, NgramCounts.Lead); i++)
        {
            ahead = Prefetch(ahead, Unsafe.Add(ref symbols, i), ref hashed);
        }

        // What the bytes before the next one say of it: each entry has this beside what it says of the last of its own bytes.
        var (inverse2, inverse3) = (ofPairs.Inverse2, InverseOf(0));
        for (var i = 0; i < part.Length; i++)
        {
            if (i + NgramCounts.Lead < part.Length)
            {
                ahead = Prefetch(ahead, Unsafe.Add(ref symbols, i + NgramCounts.Lead), ref hashed);
            }

            var place = Unsafe.Add(ref page, gram & 0xFFFF) + Unsafe.Add(ref symbols, i);
            gram = gram << 8 | Unsafe.Add(ref symbols, i);
            ref var pair = ref Unsafe.Add(ref ofPairs, gram & 0xFFFF);
            ref var triple = ref Unsafe.Add(ref ofTriples, place);
            var p1 = pair.Order1;
            var p2 = (triple.Count + (Alpha2 * p1)) * inverse2;
            var p3 =
                (Unsafe.Add(ref hashed, gram * NgramCounts.HashMultiplier >> NgramCounts.SymbolShift) + (Alpha3 * p2))
                * inverse3;
            // Three bytes that this fold never had share a count with others all the same.
            (inverse2, inverse3) = (
                pair.Inverse2,
                triple.Context == 0 ? InverseOf(gram) : 1 / (triple.Context + Alpha3)
            );

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

    /// <summary>1 over the smoothed count of three bytes as a context.</summary>
    internal double InverseOf(uint gram) => 1 / (contexts3[NgramCounts.ContextOf(gram)] + Alpha3);

    // The table does not fit a cache, and its addresses are known long before their values are needed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Prefetch(uint gram, byte symbol, ref uint hashed)
    {
        gram = gram << 8 | symbol;
        CachePrefetch.Load(ref hashed, gram * NgramCounts.HashMultiplier >> NgramCounts.SymbolShift);
        return gram;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Rescale(ref double factor, ref Product product)
    {
        if (factor < RescaleBelow)
        {
            product.TakeExponent(ref factor);
        }
    }

    /// <param name="Order1">Probability of the later byte after the earlier one.</param>
    /// <param name="Inverse2">1 over the smoothed count of the two bytes as a context.</param>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Pair(double Order1, double Inverse2);

    /// <param name="Context">Hashed count of the three bytes as a context; 0 where they never occurred, too.</param>
    /// <param name="Count">How often they occurred.</param>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Triple(uint Context, uint Count);

    /// <summary>The powers of two taken out of a product of probabilities, so that one logarithm a record is enough.</summary>
    internal struct Product
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
