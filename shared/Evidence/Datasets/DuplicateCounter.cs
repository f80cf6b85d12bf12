using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Lace.Evidence.Datasets;

/// <summary>How many records repeat an earlier one, in bounded memory and whatever the order of counting.</summary>
/// <remarks>
/// Holds 64 bits of the SHA-256 of each distinct record. When these outgrow the table it keeps only the records whose hash has one
/// more trailing zero bit, so the result becomes one of a sample of 1 in 2, 4, … records, chosen by content alone.
/// </remarks>
internal sealed class DuplicateCounter
{
    private readonly int limit;
    private readonly long[] recordsByZeros = new long[65];
    private readonly HashSet<ulong> distinct = [];
    private int level;

    /// <param name="limit">Distinct records held at most; the default takes about 50 MB.</param>
    public DuplicateCounter(int limit = 2_000_000) => this.limit = limit;

    /// <summary>1 where every record was counted, n where one in n was.</summary>
    public long Sample => 1L << level;

    /// <summary>Duplicates: the exact number where <see cref="Sample"/> is 1, else an estimate.</summary>
    public long Duplicates => (recordsByZeros.AsSpan(level).ToArray().Sum() - distinct.Count) * Sample;

    public static ulong HashOf(ReadOnlySpan<byte> record)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    public void Add(ulong hash)
    {
        var zeros = BitOperations.TrailingZeroCount(hash);
        recordsByZeros[zeros]++;
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
