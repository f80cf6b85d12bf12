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
    public const int HashedSymbolCount = 1 << (32 - SymbolShift);
    public const int HashedContextCount = 1 << (32 - ContextShift);

    /// <summary>Bytes between asking the cache for a hashed count and using it; 8 is too few, 16 and 32 measured alike.</summary>
    public const int Lead = 32;

    /// <summary>Counts in a page: one for each third byte.</summary>
    public const int PageSize = 256;

    private const int PairCount = 1 << 16;
    private const int InitialPages = 1 << 10;

    // By hash of the three bytes that records end with.
    private readonly Dictionary<uint, long> ends = [];

    // Pages of the pairs that occurred, after one of zeros for all that did not: a page of memory that is touched for the first time costs microseconds.
    private uint[] trigrams = new uint[InitialPages * PageSize];
    private int end = PageSize;

    // Records that had any byte to count.
    private long parts;

    /// <summary>Where the page of two bytes begins; 0 where they never were followed by another.</summary>
    public int[] Pages { get; } = new int[PairCount];

    /// <summary>Occurrences of three bytes, all pages one after the other; a record begins after three zero bytes.</summary>
    public ReadOnlySpan<uint> Trigrams => trigrams.AsSpan(0, end);

    /// <summary>Occurrences of four bytes, by hash.</summary>
    public uint[] HashedSymbols { get; } = LargePages.Allocate<uint>(HashedSymbolCount);

    /// <summary>Occurrences of three bytes, the last one in the lowest bits.</summary>
    public uint Trigram(int gram) => trigrams[Pages[gram >> 8] + (gram & 0xFF)];

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
            CollectionsMarshal.GetValueRefOrAddDefault(ends, ContextOf(gram), out _) += times;
            parts += times;
        }
    }

    /// <summary>How often each hashed context of order 3 was followed by a byte.</summary>
    public uint[] HashedContexts()
    {
        var contexts = new uint[HashedContextCount];
        for (var pair = 0; pair < PairCount; pair++)
        {
            for (var symbol = 0; Pages[pair] > 0 && symbol < PageSize; symbol++)
            {
                Add(ref contexts[ContextOf((uint)(pair << 8 | symbol))], trigrams[Pages[pair] + symbol]);
            }
        }

        Add(ref contexts[0], (uint)Math.Min(parts, uint.MaxValue));
        foreach (var (hash, times) in ends)
        {
            contexts[hash] = (uint)Math.Max(0, contexts[hash] - times);
        }

        return contexts;
    }

    /// <summary>The hash of the last three bytes.</summary>
    public static uint ContextOf(uint gram) => (gram & TrigramMask) * HashMultiplier >> ContextShift;

    private uint Add(ReadOnlySpan<byte> part, uint times)
    {
        // All indices are in range: by mask, by shift, or as a page was made.
        ref var pages = ref MemoryMarshal.GetArrayDataReference(Pages);
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

            var page = Unsafe.Add(ref pages, gram & 0xFFFF);
            if (page == 0)
            {
                page = AddPage(gram & 0xFFFF);
                order2 = ref MemoryMarshal.GetArrayDataReference(trigrams);
            }

            gram = gram << 8 | Unsafe.Add(ref symbols, at);
            Add(ref Unsafe.Add(ref order2, (uint)page + (gram & 0xFF)), times);
            Add(ref Unsafe.Add(ref order3, gram * HashMultiplier >> SymbolShift), times);
        }

        return gram;
    }

    private int AddPage(uint pair)
    {
        if (end == trigrams.Length)
        {
            Array.Resize(ref trigrams, 2 * end);
        }

        Pages[pair] = end;
        end += PageSize;
        return Pages[pair];
    }

    // A count that would pass the largest value stays at it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref uint count, uint times)
    {
        var sum = count + times;
        count = sum < times ? uint.MaxValue : sum;
    }
}
