using System.Numerics;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>
/// The records that the byte models are counted from: all of them where they are few, else those whose hash ends with enough zero bits that they fit
/// into bounded memory (trajectory.md §6A: "build the tables from every k-th record up to ~64 MB"; by content, not by place, so that shards that do
/// not know how many records are before them choose the same).
/// </summary>
/// <remarks>
/// Each different record is held once, with how often it occurs at even and at odd places. What is held depends on the records and the parity of their
/// places alone: the level is the smallest at which everything fits.
/// </remarks>
internal sealed class TextSample
{
    /// <summary>Bytes of different records held at most, with <see cref="RecordCost"/> for each.</summary>
    public const int Limit = 64 << 20;

    /// <summary>What a record counts beside its bytes: many short ones take memory too.</summary>
    public const int RecordCost = 64;

    private const int ChunkSize = 8 << 20;

    private readonly int limit;
    private readonly Dictionary<ulong, int> places = [];
    private readonly List<SampledRecord> records = [];
    private readonly List<byte[]> chunks = [];
    private int chunk = -1;
    private int end;
    private long held;

    /// <param name="limit">For tests and benchmarks; what is committed has the default.</param>
    public TextSample(int limit = Limit) => this.limit = limit;

    /// <summary>How many zero bits the hash of a record ends with, at least.</summary>
    public int Level { get; private set; }

    /// <summary>1 where all records are held, n where one in n is.</summary>
    public long OneIn => 1L << Math.Min(Level, 62);

    /// <summary>In no particular order.</summary>
    public ReadOnlySpan<SampledRecord> Records => CollectionsMarshal.AsSpan(records);

    /// <summary>The trained part of a record.</summary>
    public ReadOnlySpan<byte> Part(in SampledRecord record) => chunks[record.Chunk].AsSpan(record.Start, record.Length);

    public bool Wants(ulong hash) => BitOperations.TrailingZeroCount(hash) >= Level;

    /// <summary>Adds occurrences of a record.</summary>
    /// <param name="hash">Of the whole record, by <see cref="DuplicateCounter.HashOf"/>.</param>
    /// <param name="part">Its trained part.</param>
    public void Add(ulong hash, ReadOnlySpan<byte> part, long even, long odd)
    {
        if (!Wants(hash))
        {
            return;
        }

        if (places.TryGetValue(hash, out var place))
        {
            ref var known = ref CollectionsMarshal.AsSpan(records)[place];
            known = known with { Even = known.Even + even, Odd = known.Odd + odd };
            return;
        }

        Append(hash, part, even, odd);
        while (Cost > limit)
        {
            Thin(Level + 1);
        }
    }

    /// <summary>Adds what was sampled of the records that come next.</summary>
    /// <param name="isEven">Whether the first of them is at an even place.</param>
    public void Add(TextSample next, bool isEven)
    {
        if (next.Level > Level)
        {
            Thin(next.Level);
        }

        foreach (ref readonly var record in next.Records)
        {
            var (even, odd) = isEven ? (record.Even, record.Odd) : (record.Odd, record.Even);
            Add(record.Hash, next.Part(record), even, odd);
        }
    }

    /// <summary>An empty sample of records of such hashes.</summary>
    public static TextSample AtLevel(int level) => new() { Level = level };

    private long Cost => held + ((long)RecordCost * records.Count);

    private void Append(ulong hash, ReadOnlySpan<byte> part, long even, long odd)
    {
        if (chunk < 0 || chunks[chunk].Length - end < part.Length)
        {
            NextChunk(part.Length);
        }

        part.CopyTo(chunks[chunk].AsSpan(end));
        places.Add(hash, records.Count);
        records.Add(new SampledRecord(hash, chunk, end, part.Length, even, odd));
        end += part.Length;
        held += part.Length;
    }

    // Chunks are filled in their order; those that thinning emptied are used again.
    private void NextChunk(int length)
    {
        (chunk, end) = (chunk + 1, 0);
        if (chunk == chunks.Count)
        {
            chunks.Add(LargePages.Allocate<byte>(Math.Max(ChunkSize, length)));
        }
        else if (chunks[chunk].Length < length)
        {
            chunks[chunk] = new byte[length];
        }
    }

    private void Thin(int level)
    {
        Level = level;
        var all = records.ToArray();
        records.Clear();
        places.Clear();
        (chunk, end, held) = (-1, 0, 0);
        foreach (var record in all)
        {
            if (Wants(record.Hash))
            {
                // Not behind where it was, so nothing is written over that is still to be moved.
                Append(record.Hash, Part(record), record.Even, record.Odd);
            }
        }
    }
}

/// <summary>A record of a <see cref="TextSample"/>.</summary>
/// <param name="Chunk">Where its trained part is in the sample.</param>
/// <param name="Start">Where in the chunk.</param>
/// <param name="Even">How often it is at an even place.</param>
/// <param name="Odd">And at an odd one.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SampledRecord(ulong Hash, int Chunk, int Start, int Length, long Even, long Odd);
