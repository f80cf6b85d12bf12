using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.RecordAudits;

/// <summary>Which records an audit opens: drawn from a checkpoint that the log made public after the dataset was committed (docs/formats/record-audit.md).</summary>
public static class RecordSample
{
    /// <summary>Most records of one audit: one of 0.05 % that were left out is met with a probability of 99 %.</summary>
    public const int MaxRecords = 10_000;

    private static readonly byte[] Domain = Encoding.ASCII.GetBytes("lace-record-sample/1");

    /// <summary>The first so many different draws, ascending; all records where there are no more.</summary>
    /// <param name="checkpoint">Its three lines count, not who signed them.</param>
    public static IReadOnlyList<long> Draw(
        Checkpoint checkpoint,
        in MerkleHash datasetRoot,
        in MerkleHash filterRoot,
        long records,
        int count
    )
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(records, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxRecords);
        if (records <= count)
        {
            return [.. Enumerable.Range(0, (int)records).Select(index => (long)index)];
        }

        var seed = Seed(checkpoint, datasetRoot, filterRoot, records);
        var drawn = new SortedSet<long>();
        for (ulong draw = 0; drawn.Count < count; draw++)
        {
            if (Index(seed, draw, (ulong)records) is { } index)
            {
                drawn.Add((long)index);
            }
        }

        return [.. drawn];
    }

    private static byte[] Seed(Checkpoint checkpoint, in MerkleHash dataset, in MerkleHash filter, long records)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, records);
        return SHA256.HashData([
            .. Domain,
            .. SHA256.HashData(Encoding.UTF8.GetBytes(checkpoint.Text)),
            .. dataset.ToArray(),
            .. filter.ToArray(),
            .. number,
        ]);
    }

    /// <summary>Null for the few draws that would make some records likelier than others.</summary>
    private static ulong? Index(byte[] seed, ulong draw, ulong records)
    {
        Span<byte> input = stackalloc byte[SHA256.HashSizeInBytes + sizeof(ulong)];
        seed.CopyTo(input);
        BinaryPrimitives.WriteUInt64BigEndian(input[SHA256.HashSizeInBytes..], draw);
        var word = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(input));
        var rest = (ulong.MaxValue % records) + 1;
        return rest != records && word > ulong.MaxValue - rest ? null : word % records;
    }
}
