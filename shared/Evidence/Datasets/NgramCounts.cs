using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>Byte n-gram counts of the records of one fold: what the other fold's records are scored with (trajectory.md §6A).</summary>
/// <remarks>
/// Only the orders 2 and 3 are counted byte by byte; the rest are sums of the order-2 table: a context of order 3 is the three bytes that ended at the
/// byte before, so it occurs as often as these, less once where a record ends with them. Counts of 32 bits
/// stop at their largest value, which takes 4 GB of one and the same three bytes; sums have 64 bits. Counts do not depend on the order of counting.
/// The low bits of a count lie apart from the high ones, which are seldom touched: what is counted in is half as large.
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

    private readonly ushort[] trigrams = new ushort[TrigramCount];
    private readonly ushort[] hashedSymbols = new ushort[HashedSymbolCount];
    private readonly long[] hashedEnds = new long[HashedContextCount];

    // There once a count has grown beyond 16 bits.
    private uint[]? trigramsAbove;
    private uint[]? hashedSymbolsAbove;

    /// <summary>Records that had any byte to count.</summary>
    public long Parts { get; private set; }

    /// <summary>How often records ended with three bytes, by the hash of these.</summary>
    public ReadOnlySpan<long> HashedEnds => hashedEnds;

    /// <summary>Occurrences of three bytes, the last one in the lowest bits; a record begins after three zero bytes.</summary>
    public uint Trigram(int gram) => (trigramsAbove is { } above ? above[gram] : 0) + trigrams[gram];

    /// <summary>Occurrences of four bytes, by hash.</summary>
    public uint HashedSymbol(int hash) => (hashedSymbolsAbove is { } above ? above[hash] : 0) + hashedSymbols[hash];

    /// <summary>Counts the bytes of one record's trained part.</summary>
    public void Count(ReadOnlySpan<byte> part)
    {
        if (!part.IsEmpty)
        {
            var gram = Add(part);
            hashedEnds[(gram & TrigramMask) * HashMultiplier >> ContextShift]++;
            Parts++;
        }
    }

    /// <summary>The first three bytes that occurred, from some on, or -1.</summary>
    public int NextTrigram(int from)
    {
        var low = trigrams.AsSpan(from).IndexOfAnyExcept((ushort)0);
        // A count that is a multiple of 65,536 has nothing in the low part.
        var before = low < 0 ? TrigramCount - from : low;
        if (trigramsAbove is not null && trigramsAbove.AsSpan(from, before).IndexOfAnyExcept(0u) is >= 0 and var high)
        {
            return from + high;
        }

        return low < 0 ? -1 : from + low;
    }

    /// <summary>The first hash of four bytes that occurred, from some on, or -1.</summary>
    public int NextHashedSymbol(int from)
    {
        for (; from < HashedSymbolCount; from++)
        {
            if (HashedSymbol(from) > 0)
            {
                return from;
            }
        }

        return -1;
    }

    /// <summary>How often each hashed context of order 3 was followed by a byte.</summary>
    public long[] HashedContexts()
    {
        var contexts = new long[HashedContextCount];
        for (var trigram = NextTrigram(0); trigram >= 0; trigram = NextTrigram(trigram + 1))
        {
            contexts[(uint)trigram * HashMultiplier >> ContextShift] += Trigram(trigram);
        }

        contexts[0] += Parts;
        for (var i = 0; i < contexts.Length; i++)
        {
            contexts[i] = Math.Max(0, contexts[i] - hashedEnds[i]);
        }

        return contexts;
    }

    /// <summary>Adds the counts of other records of the same fold.</summary>
    public void Add(NgramCounts other)
    {
        for (var gram = other.NextTrigram(0); gram >= 0; gram = other.NextTrigram(gram + 1))
        {
            AddTrigram(gram, other.Trigram(gram));
        }

        for (var hash = 0; hash < HashedSymbolCount; hash++)
        {
            if (other.HashedSymbol(hash) is > 0 and var count)
            {
                AddHashedSymbol(hash, count);
            }
        }

        for (var hash = 0; hash < HashedContextCount; hash++)
        {
            hashedEnds[hash] += other.hashedEnds[hash];
        }

        Parts += other.Parts;
    }

    /// <summary>Adds occurrences of three bytes.</summary>
    public void AddTrigram(int gram, uint count)
    {
        var sum = Saturated((ulong)Trigram(gram) + count);
        trigrams[gram] = (ushort)sum;
        if (sum > ushort.MaxValue)
        {
            (trigramsAbove ??= new uint[TrigramCount])[gram] = sum & ~(uint)ushort.MaxValue;
        }
    }

    /// <summary>Adds occurrences of four bytes of one hash.</summary>
    public void AddHashedSymbol(int hash, uint count)
    {
        var sum = Saturated((ulong)HashedSymbol(hash) + count);
        hashedSymbols[hash] = (ushort)sum;
        if (sum > ushort.MaxValue)
        {
            (hashedSymbolsAbove ??= new uint[HashedSymbolCount])[hash] = sum & ~(uint)ushort.MaxValue;
        }
    }

    /// <summary>Adds ends of records.</summary>
    public void AddEnds(int hash, long count)
    {
        hashedEnds[hash] += count;
        Parts += count;
    }

    private uint Add(ReadOnlySpan<byte> part)
    {
        // Both indices are in range by mask and shift.
        ref var order2 = ref MemoryMarshal.GetArrayDataReference(trigrams);
        ref var order3 = ref MemoryMarshal.GetArrayDataReference(hashedSymbols);
        ref var symbols = ref MemoryMarshal.GetReference(part);
        uint gram = 0;
        uint ahead = 0;
        for (var i = 0; i < Math.Min(part.Length, Lead); i++)
        {
            ahead = ahead << 8 | Unsafe.Add(ref symbols, i);
            CachePrefetch.Load(ref order3, ahead * HashMultiplier >> SymbolShift);
        }

        var prefetched = part.Length - Lead;
        var at = 0;
        for (; at < prefetched; at++)
        {
            ahead = ahead << 8 | Unsafe.Add(ref symbols, at + Lead);
            CachePrefetch.Load(ref order3, ahead * HashMultiplier >> SymbolShift);
            gram = Count(gram, Unsafe.Add(ref symbols, at), ref order2, ref order3);
        }

        for (; at < part.Length; at++)
        {
            gram = Count(gram, Unsafe.Add(ref symbols, at), ref order2, ref order3);
        }

        return gram;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Count(uint gram, byte symbol, ref ushort order2, ref ushort order3)
    {
        gram = gram << 8 | symbol;
        var trigram = gram & TrigramMask;
        if (++Unsafe.Add(ref order2, trigram) == 0)
        {
            CarryTrigram((int)trigram);
        }

        var hash = gram * HashMultiplier >> SymbolShift;
        if (++Unsafe.Add(ref order3, hash) == 0)
        {
            CarryHashedSymbol((int)hash);
        }

        return gram;
    }

    // A count that would pass the largest value of 32 bits stays at it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CarryTrigram(int gram)
    {
        trigramsAbove ??= new uint[TrigramCount];
        if (trigramsAbove[gram] == (uint.MaxValue & ~(uint)ushort.MaxValue))
        {
            trigrams[gram] = ushort.MaxValue;
        }
        else
        {
            trigramsAbove[gram] += 1 << 16;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CarryHashedSymbol(int hash)
    {
        hashedSymbolsAbove ??= new uint[HashedSymbolCount];
        if (hashedSymbolsAbove[hash] == (uint.MaxValue & ~(uint)ushort.MaxValue))
        {
            hashedSymbols[hash] = ushort.MaxValue;
        }
        else
        {
            hashedSymbolsAbove[hash] += 1 << 16;
        }
    }

    private static uint Saturated(ulong count) => (uint)Math.Min(count, uint.MaxValue);
}
