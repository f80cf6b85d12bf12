using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>Byte n-gram counts of the sampled records of one fold: what the other fold's records are scored with (trajectory.md §6A).</summary>
/// <remarks>
/// Only the orders 2 and 3 are counted byte by byte; the rest are sums of the order-2 table: a context of order 3 is the three bytes that ended at the
/// byte before, so it occurs as often as these, less once where a record ends with them. Counts of 32 bits
/// stop at their largest value, which takes 4 GB of one and the same three bytes. Counts do not depend on the order of counting.
/// </remarks>
internal sealed class NgramCounts
{
    public const uint HashMultiplier = 2_654_435_761;
    public const int SymbolShift = 10;
    public const int ContextShift = 12;
    public const uint TrigramMask = 0xFF_FFFF;
    public const int TrigramCount = 1 << 24;
    public const int HashedSymbolCount = 1 << (32 - SymbolShift);
    public const int HashedContextCount = 1 << (32 - ContextShift);

    /// <summary>Bytes between asking the cache for a hashed count and using it; 8 is too few, 16 and 32 measured alike.</summary>
    public const int Lead = 32;

    private readonly uint[] trigrams = new uint[TrigramCount];
    private readonly long[] hashedEnds = new long[HashedContextCount];

    // Records that had any byte to count.
    private long parts;

    /// <summary>Occurrences of three bytes, the last one in the lowest bits; a record begins after three zero bytes.</summary>
    public ReadOnlySpan<uint> Trigrams => trigrams;

    /// <summary>Occurrences of four bytes, by hash.</summary>
    public uint[] HashedSymbols { get; } = new uint[HashedSymbolCount];

    /// <summary>Counts the records of a sample that are at even places, or those at odd ones.</summary>
    public static NgramCounts Of(TextSample sample, bool even)
    {
        var counts = new NgramCounts();
        foreach (ref readonly var record in sample.Records)
        {
            counts.Count(sample.Part(record), even ? record.Even : record.Odd);
        }

        return counts;
    }

    /// <summary>Counts the bytes of a trained part that occurs so many times.</summary>
    public void Count(ReadOnlySpan<byte> part, long times)
    {
        if (!part.IsEmpty && times > 0)
        {
            var gram = Add(part, (uint)Math.Min(times, uint.MaxValue));
            hashedEnds[(gram & TrigramMask) * HashMultiplier >> ContextShift] += times;
            parts += times;
        }
    }

    /// <summary>The first three bytes that occurred, from some on, or -1.</summary>
    public int NextTrigram(int from) => trigrams.AsSpan(from).IndexOfAnyExcept(0u) is >= 0 and var next ? from + next : -1;

    /// <summary>How often each hashed context of order 3 was followed by a byte.</summary>
    public uint[] HashedContexts()
    {
        var contexts = new long[HashedContextCount];
        for (var trigram = NextTrigram(0); trigram >= 0; trigram = NextTrigram(trigram + 1))
        {
            contexts[(uint)trigram * HashMultiplier >> ContextShift] += trigrams[trigram];
        }

        contexts[0] += parts;
        for (var i = 0; i < contexts.Length; i++)
        {
            contexts[i] = Math.Max(0, contexts[i] - hashedEnds[i]);
        }

        return Array.ConvertAll(contexts, count => (uint)Math.Min(count, uint.MaxValue));
    }

    private uint Add(ReadOnlySpan<byte> part, uint times)
    {
        // Both indices are in range by mask and shift.
        ref var order2 = ref MemoryMarshal.GetArrayDataReference(trigrams);
        ref var order3 = ref MemoryMarshal.GetArrayDataReference(HashedSymbols);
        ref var symbols = ref MemoryMarshal.GetReference(part);
        uint gram = 0;
        uint ahead = 0;
        for (var i = 0; i < Math.Min(part.Length, Lead); i++)
        {
            ahead = ahead << 8 | Unsafe.Add(ref symbols, i);
            CachePrefetch.Load(ref order3, ahead * HashMultiplier >> SymbolShift);
        }

        for (var at = 0; at < part.Length; at++)
        {
            if (at + Lead < part.Length)
            {
                ahead = ahead << 8 | Unsafe.Add(ref symbols, at + Lead);
                CachePrefetch.Load(ref order3, ahead * HashMultiplier >> SymbolShift);
            }

            gram = gram << 8 | Unsafe.Add(ref symbols, at);
            Add(ref Unsafe.Add(ref order2, gram & TrigramMask), times);
            Add(ref Unsafe.Add(ref order3, gram * HashMultiplier >> SymbolShift), times);
        }

        return gram;
    }

    // A count that would pass the largest value stays at it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref uint count, uint times)
    {
        var sum = count + times;
        count = sum < times ? uint.MaxValue : sum;
    }
}
