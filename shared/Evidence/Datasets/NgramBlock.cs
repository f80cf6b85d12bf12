using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.Datasets;

/// <summary>Some bytes of a record in a row, and where in the tables of an <see cref="NgramModel"/> their entries are: two numbers of 64 bits an entry of pairs.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct NgramBlock
{
    /// <summary>Bytes that are scored at once.</summary>
    public const int Width = 4;

    /// <summary>Bytes before a block that its first grams reach back to.</summary>
    public const int Before = 3;

    /// <summary>What is looked at of a record at a time, with room to load beyond its end.</summary>
    public const int WindowSize = Before + Size + 16;

    private const int Size = 64;

    public Indices Grams;
    public Indices Pairs;
    public Indices Triples;
    public Indices Hashes;

    /// <summary>Bytes of the block; 0 behind the end of a record.</summary>
    public int Count;

    /// <summary>Takes a block off a record, and asks the cache for what its bytes need.</summary>
    /// <param name="window">Of <see cref="WindowSize"/> bytes; begins with those before the block.</param>
    public void Take(NgramModel model, ref ReadOnlySpan<byte> part, scoped Span<byte> window)
    {
        Count = Math.Min(part.Length, Size);
        if (Count == 0)
        {
            return;
        }

        part[..Count].CopyTo(window[Before..]);
        part = part[Count..];
        ref var bytes = ref MemoryMarshal.GetReference(window);
        ref var pairs = ref Unsafe.As<Indices, uint>(ref Pairs);
        ref var trigrams = ref Unsafe.As<Indices, uint>(ref Grams);
        ref var triples = ref Unsafe.As<Indices, uint>(ref Triples);
        ref var hashes = ref Unsafe.As<Indices, uint>(ref Hashes);
        // Four bytes from each of four places, the first in the highest bits.
        var grams = Vector128.Create((byte)3, 2, 1, 0, 4, 3, 2, 1, 5, 4, 3, 2, 6, 5, 4, 3);
        for (var i = 0; i < Count; i += Width)
        {
            var gram = Vector128.ShuffleNative(Vector128.LoadUnsafe(ref bytes, (nuint)i), grams).AsUInt32();
            ((gram & Vector128.Create(0xFFFFu)) << 1).StoreUnsafe(ref pairs, (nuint)i);
            (gram & Vector128.Create(NgramCounts.TrigramMask)).StoreUnsafe(ref trigrams, (nuint)i);
            (gram * Vector128.Create(NgramCounts.HashMultiplier) >>> NgramCounts.SymbolShift).StoreUnsafe(
                ref hashes,
                (nuint)i
            );
        }

        ref var ofTriples = ref Unsafe.As<NgramModel.Triple, ulong>(ref model.Triples);
        ref var ofHashes = ref model.HashedSymbols;
        ref var pages = ref model.Pages;
        // To the end of the last group: what lies behind the record is loaded too, and not used.
        var end = (Count + Width - 1) & -Width;
        for (var i = 0; i < end; i++)
        {
            var gram = Unsafe.Add(ref trigrams, i);
            var place = (uint)Unsafe.Add(ref pages, gram >> 8) + (gram & 0xFF);
            Unsafe.Add(ref triples, i) = place;
            CachePrefetch.Load(ref ofTriples, place);
            CachePrefetch.Load(ref ofHashes, Unsafe.Add(ref hashes, i));
        }

        window.Slice(Count, Before).CopyTo(window);
    }

    [InlineArray(Size)]
    internal struct Indices
    {
        private uint first;
    }
}
