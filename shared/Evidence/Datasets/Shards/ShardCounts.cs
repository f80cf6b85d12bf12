using System.Numerics;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>What pass 1 gathered of one shard, as a file (docs/formats/shards.md).</summary>
/// <param name="Digest">Of the file: what a plan is made of.</param>
public sealed record ShardCounts(ShardHeader Header, DatasetCounts Counts, MerkleHash Digest)
{
    internal const string Kind = "lace-shard-counts/2";

    private const int NameLimit = 8192;
    private const long Limit = DatasetEntry.ValueLimit - 1;

    /// <summary>Writes the file; the same counts give the same bytes.</summary>
    public static void Write(Stream output, ShardHeader header, DatasetCounts counts)
    {
        using var writer = new ShardWriter(output, Kind);
        header.Write(writer);
        WriteBody(writer, counts);
        writer.Finish();
    }

    /// <exception cref="ShardException">The file is anything else.</exception>
    public static ShardCounts Read(Stream input, string name)
    {
        using var reader = new ShardReader(input, name, Kind);
        var header = ShardHeader.Read(reader);
        var counts = ReadBody(reader);
        return new ShardCounts(header, counts, new MerkleHash(reader.Finish()));
    }

    /// <summary>Which shard a file of counts is of; whether it is whole, <see cref="Read"/> finds.</summary>
    /// <exception cref="ShardException">The file begins with anything else.</exception>
    public static ShardHeader HeaderOf(Stream input, string name)
    {
        using var reader = new ShardReader(input, name, Kind);
        return ShardHeader.Read(reader);
    }

    internal static void WriteBody(ShardWriter writer, DatasetCounts counts)
    {
        writer.WriteNumber(counts.Records);
        writer.WriteNumber(counts.EmptyLines);
        writer.WriteNumber(counts.Fingerprints.Count);
        foreach (var source in counts.Fingerprints)
        {
            writer.WriteText(source.Name);
            writer.WriteNumber(source.Length);
            writer.Write(Convert.FromHexString(source.Sha256));
        }

        writer.WriteNumber(counts.Lengths.Bytes);
        writer.WriteNumber(counts.Lengths.TrainedBytes);
        writer.WriteNumber(counts.Lengths.Longest);
        // One more, so that 0 is "no record".
        writer.WriteNumber(counts.Records == 0 ? 0 : counts.Lengths.Shortest + 1);
        writer.WriteNumber(counts.Lengths.InvalidUtf8);
        writer.WriteNumber(counts.Duplicates.Level);
        foreach (var records in counts.Duplicates.RecordsByZeros)
        {
            writer.WriteNumber(records);
        }

        writer.WriteNumber(counts.Duplicates.Distinct.Count);
        foreach (var hash in counts.Duplicates.Distinct.Order())
        {
            writer.WriteKey(hash);
        }

        WriteSample(writer, counts.Sample);
    }

    internal static DatasetCounts ReadBody(ShardReader reader)
    {
        var records = reader.ReadNumber(Limit);
        var emptyLines = reader.ReadNumber(Limit);
        var sources = new List<SourceFingerprint>();
        var hash = new byte[MerkleHash.Size];
        for (var left = reader.ReadNumber(int.MaxValue); left > 0; left--)
        {
            var name = reader.ReadText(NameLimit);
            var length = reader.ReadNumber(Limit);
            reader.Read(hash);
            sources.Add(new SourceFingerprint(name, length, Convert.ToHexStringLower(hash)));
        }

        var lengths = ReadLengths(reader, records);
        var duplicates = ReadDuplicates(reader, records);
        var sample = ReadSample(reader, duplicates, lengths.TrainedBytes, records);
        return new DatasetCounts(lengths, duplicates, sample, records, emptyLines, sources);
    }

    private static RecordLengths ReadLengths(ShardReader reader, long records)
    {
        var lengths = new RecordLengths(
            reader.ReadNumber(Limit),
            reader.ReadNumber(Limit),
            reader.ReadNumber(ByteWindow.RecordLimit),
            reader.ReadNumber(ByteWindow.RecordLimit + 1) is > 0 and var shortest ? shortest - 1 : long.MaxValue,
            reader.ReadNumber(records)
        );
        return
            (records == 0) != (lengths.Shortest == long.MaxValue) || (records > 0 && lengths.Shortest > lengths.Longest)
            ? throw reader.Malformed("has lengths that contradict each other")
            : lengths;
    }

    private static void WriteSample(ShardWriter writer, TextSample sample)
    {
        writer.WriteNumber(sample.Level);
        writer.WriteNumber(sample.Records.Length);
        var inOrder = sample.Records.ToArray();
        Array.Sort(inOrder, (a, b) => a.Hash.CompareTo(b.Hash));
        foreach (var record in inOrder)
        {
            writer.WriteKey(record.Hash);
            writer.WriteNumber(record.Even);
            writer.WriteNumber(record.Odd);
            writer.WriteNumber(record.Length);
            writer.Write(sample.Part(record));
        }
    }

    // The hashes of duplicates and sample are of the same records: each that is sampled was counted there.
    private static TextSample ReadSample(
        ShardReader reader,
        DuplicateCounter duplicates,
        long trainedBytes,
        long records
    )
    {
        var byZeros = duplicates.RecordsByZeros;
        var level = (int)reader.ReadNumber(byZeros.Length);
        var sample = TextSample.AtLevel(level);
        long sampled = 0;
        long even = 0;
        long bytes = 0;
        ulong? before = null;
        for (var left = reader.ReadNumber(TextSample.Limit / TextSample.RecordCost); left > 0; left--)
        {
            var hash = reader.ReadKey();
            var (atEven, atOdd) = (reader.ReadNumber(records), reader.ReadNumber(records));
            var part = new byte[reader.ReadNumber(ByteWindow.RecordLimit)];
            reader.Read(part);
            if (hash <= before || !sample.Wants(hash) || !duplicates.MayHave(hash) || atEven + atOdd == 0)
            {
                throw Contradiction();
            }

            sample.Add(hash, part, atEven, atOdd);
            (before, even, sampled, bytes) = (
                hash,
                even + atEven,
                sampled + atEven + atOdd,
                bytes + ((atEven + atOdd) * part.Length)
            );
        }

        return
            sample.Level != level
            || sampled != byZeros[Math.Min(level, byZeros.Length)..].ToArray().Sum()
            || (level == 0 && (even != (records + 1) / 2 || bytes != trainedBytes))
            ? throw Contradiction()
            : sample;

        ShardException Contradiction() => reader.Malformed("has a sample that contradicts its counts");
    }

    private static DuplicateCounter ReadDuplicates(ShardReader reader, long records)
    {
        var duplicates = new DuplicateCounter();
        var level = (int)reader.ReadNumber(duplicates.RecordsByZeros.Length - 1);
        var byZeros = new long[duplicates.RecordsByZeros.Length];
        for (var zeros = 0; zeros < byZeros.Length; zeros++)
        {
            byZeros[zeros] = reader.ReadNumber(records);
        }

        var hashes = new List<ulong>();
        for (var left = reader.ReadNumber(DuplicateCounter.Limit); left > 0; left--)
        {
            var hash = reader.ReadKey();
            if (
                (hashes.Count > 0 && hash <= hashes[^1])
                || BitOperations.TrailingZeroCount(hash) is var zeros && (zeros < level || byZeros[zeros] == 0)
            )
            {
                throw reader.Malformed("has hashes of records that contradict each other");
            }

            hashes.Add(hash);
        }

        if (byZeros.Sum() != records || hashes.Count > byZeros.AsSpan(level).ToArray().Sum())
        {
            throw reader.Malformed("has hashes of records that contradict each other");
        }

        duplicates.Add(level, byZeros, hashes);
        return duplicates;
    }
}
