using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>Byte n-gram counts of the records of one fold: what the other fold's records are scored with (trajectory.md §6A).</summary>
/// <remarks>
/// Only the orders 2 and 3 are counted byte by byte; the rest are sums of the order-2 table: a context of order 3 is the three bytes that ended at the
/// byte before, so it occurs as often as these, less once where a record ends with them. Counts of 32 bits
/// stop at their largest value, which takes 4 GB of one and the same three bytes; sums have 64 bits. Counts do not depend on the order of counting.
/// </remarks>
internal sealed class NgramCounts
{
    public const uint HashMultiplier = 2_654_435_761;
    public const int SymbolShift = 10;
    public const int ContextShift = 12;
    public const uint TrigramMask = 0xFF_FFFF;

    /// <summary>Bytes between asking the cache for a hashed count and using it; 8 is too few, 16 and 32 measured alike.</summary>
    public const int Lead = 32;

    private readonly uint[] trigrams = new uint[1 << 24];
    private readonly uint[] hashedSymbols = new uint[1 << (32 - SymbolShift)];
    private readonly long[] hashedEnds = new long[1 << (32 - ContextShift)];
    private long parts;
    private long bytes;

    /// <summary>Occurrences of three bytes, the last one in the lowest bits; a record begins after three zero bytes.</summary>
    public ReadOnlySpan<uint> Trigrams => trigrams;

    /// <summary>Occurrences of four bytes, by hash.</summary>
    public ReadOnlySpan<uint> HashedSymbols => hashedSymbols;

    /// <summary>Counts the bytes of one record's trained part.</summary>
    public void Count(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
        {
            return;
        }

        // No count exceeds the number of bytes, so most datasets never need the check for the largest value.
        bytes += part.Length;
        var gram = bytes <= uint.MaxValue ? Add(part) : AddSaturating(part);
        hashedEnds[(gram & TrigramMask) * HashMultiplier >> ContextShift]++;
        parts++;
    }

    /// <summary>How often each hashed context of order 3 was followed by a byte.</summary>
    public long[] HashedContexts()
    {
        var contexts = new long[hashedEnds.Length];
        for (var trigram = Next(0); trigram >= 0; trigram = Next(trigram + 1))
        {
            contexts[(uint)trigram * HashMultiplier >> ContextShift] += trigrams[trigram];
        }

        contexts[0] += parts;
        for (var i = 0; i < contexts.Length; i++)
        {
            contexts[i] = Math.Max(0, contexts[i] - hashedEnds[i]);
        }

        return contexts;
    }

    // The next three bytes that occurred, or -1.
    private int Next(int trigram) =>
        trigrams.AsSpan(trigram).IndexOfAnyExcept(0u) is >= 0 and var skipped ? trigram + skipped : -1;

    private uint Add(ReadOnlySpan<byte> part)
    {
        // Both indices are in range by mask and shift.
        ref var order2 = ref MemoryMarshal.GetArrayDataReference(trigrams);
        ref var order3 = ref MemoryMarshal.GetArrayDataReference(hashedSymbols);
        uint gram = 0;
        uint ahead = 0;
        for (var i = 0; i < Math.Min(part.Length, Lead); i++)
        {
            ahead = ahead << 8 | part[i];
            CachePrefetch.Load(ref order3, ahead * HashMultiplier >> SymbolShift);
        }

        for (var i = 0; i < part.Length; i++)
        {
            if (i + Lead < part.Length)
            {
                ahead = ahead << 8 | part[i + Lead];
                CachePrefetch.Load(ref order3, ahead * HashMultiplier >> SymbolShift);
            }

            gram = gram << 8 | part[i];
            Unsafe.Add(ref order2, gram & TrigramMask)++;
            Unsafe.Add(ref order3, gram * HashMultiplier >> SymbolShift)++;
        }

        return gram;
    }

    private uint AddSaturating(ReadOnlySpan<byte> part)
    {
        uint gram = 0;
        foreach (var symbol in part)
        {
            gram = gram << 8 | symbol;
            Saturate(ref trigrams[gram & TrigramMask]);
            Saturate(ref hashedSymbols[gram * HashMultiplier >> SymbolShift]);
        }

        return gram;
    }

    private static void Saturate(ref uint count) => count += count == uint.MaxValue ? 0u : 1u;
}
