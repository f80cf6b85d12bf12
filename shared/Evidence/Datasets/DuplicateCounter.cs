using System.Buffers.Binary;
using System.Numerics;

namespace Lace.Evidence.Datasets;

/// <summary>How many records repeat an earlier one, in bounded memory and whatever the order of counting.</summary>
/// <remarks>
/// Holds a 64-bit hash of each distinct record: at the limit fewer than 10^-7 false duplicates are expected. When these outgrow the table it keeps only the records whose hash has one
/// more trailing zero bit, so the result becomes one of a sample of 1 in 2, 4, … records, chosen by content alone.
/// </remarks>
internal sealed class DuplicateCounter
{
    // Digits of the square roots of 2 and 3: nothing up the sleeve.
    private const ulong Odd1 = 0x6A09_E667_F3BC_C909;
    private const ulong Odd2 = 0xBB67_AE85_84CA_A73B;

    /// <summary>Distinct records held at most.</summary>
    public const int Limit = 1_000_000;

    private readonly int limit;
    private readonly long[] recordsByZeros = new long[65];
    private readonly HashSet<ulong> distinct = [];
    private int level;

    /// <param name="limit">Distinct records held at most; the default takes about 50 MB.</param>
    public DuplicateCounter(int limit = Limit) => this.limit = limit;

    /// <summary>1 where every record was counted, n where one in n was.</summary>
    public long Sample => 1L << level;

    /// <summary>Duplicates: the exact number where <see cref="Sample"/> is 1, else an estimate.</summary>
    public long Duplicates => (recordsByZeros.AsSpan(level).ToArray().Sum() - distinct.Count) * Sample;

    /// <summary>Records of which only those are held whose hash has so many trailing zero bits.</summary>
    public int Level => level;

    /// <summary>Entry z: records whose hash has z trailing zero bits.</summary>
    public ReadOnlySpan<long> RecordsByZeros => recordsByZeros;

    /// <summary>The hashes that are held.</summary>
    public IReadOnlyCollection<ulong> Distinct => distinct;

    /// <summary>Whether a record of that hash may have been counted; of those that are not held nothing is known.</summary>
    public bool MayHave(ulong hash) => BitOperations.TrailingZeroCount(hash) < level || distinct.Contains(hash);

    /// <summary>Adds what another counter of the same limit has seen.</summary>
    public void Add(DuplicateCounter other) => Add(other.level, other.recordsByZeros, other.distinct);

    /// <summary>Adds what a counter had seen.</summary>
    public void Add(int atLevel, ReadOnlySpan<long> records, IEnumerable<ulong> hashes)
    {
        for (var zeros = 0; zeros < recordsByZeros.Length; zeros++)
        {
            recordsByZeros[zeros] += records[zeros];
        }

        if (atLevel > level)
        {
            level = atLevel;
            distinct.RemoveWhere(kept => BitOperations.TrailingZeroCount(kept) < level);
        }

        foreach (var hash in hashes)
        {
            Keep(hash, BitOperations.TrailingZeroCount(hash));
        }
    }

    /// <summary>A 64-bit hash by folded multiplications: equal records have equal hashes, others by chance only.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> record)
    {
        var hash = (ulong)record.Length;
        for (; record.Length >= 16; record = record[16..])
        {
            hash = Fold(
                BinaryPrimitives.ReadUInt64LittleEndian(record) ^ Odd1 ^ hash,
                BinaryPrimitives.ReadUInt64LittleEndian(record[8..]) ^ Odd2
            );
        }

        Span<byte> rest = stackalloc byte[16];
        rest.Clear();
        record.CopyTo(rest);
        hash = Fold(
            BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ Odd1 ^ hash,
            BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) ^ Odd2
        );
        return Fold(hash ^ Odd2, Odd1);
    }

    private static ulong Fold(ulong left, ulong right) => Math.BigMul(left, right, out var low) ^ low;

    public void Add(ulong hash)
    {
        var zeros = BitOperations.TrailingZeroCount(hash);
        recordsByZeros[zeros]++;
        Keep(hash, zeros);
    }

    private void Keep(ulong hash, int zeros)
    {
        if (zeros >= level)
        {
            distinct.Add(hash);
        }

        while (distinct.Count > limit)
        {
            level++;
            distinct.RemoveWhere(kept => BitOperations.TrailingZeroCount(kept) < level);
        }
    }
}
