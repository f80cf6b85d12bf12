using System.Numerics;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>What pass 1 gathered of one shard, as a file (docs/formats/shards.md).</summary>
/// <param name="Digest">Of the file: what a plan is made of.</param>
public sealed record ShardCounts(ShardHeader Header, DatasetCounts Counts, MerkleHash Digest)
{
    internal const string Kind = "lace-shard-counts/1";

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

        Write(writer, counts.Even);
        Write(writer, counts.Odd);
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

        var (even, odd) = (ReadFold(reader, (records + 1) / 2), ReadFold(reader, records / 2));
        return new DatasetCounts(even, odd, ReadDuplicates(reader, records), records, emptyLines, sources);
    }

    private static void Write(ShardWriter writer, FoldCounts fold)
    {
        writer.WriteNumber(fold.Bytes);
        writer.WriteNumber(fold.TrainedBytes);
        writer.WriteNumber(fold.Longest);
        // One more, so that 0 is "no record".
        writer.WriteNumber(fold.Shortest == long.MaxValue ? 0 : fold.Shortest + 1);
        writer.WriteNumber(fold.InvalidUtf8);
        foreach (var letters in fold.Scripts.Letters)
        {
            writer.WriteNumber(letters);
        }

        var ngrams = fold.Ngrams;
        WriteSparse(writer, from => ngrams.NextTrigram(from), gram => ngrams.Trigram(gram));
        WriteSparse(writer, from => ngrams.NextHashedSymbol(from), hashed => ngrams.HashedSymbol(hashed));
        WriteSparse(
            writer,
            from => ngrams.HashedEnds[from..].IndexOfAnyExcept(0L) is >= 0 and var next ? from + next : -1,
            hashed => ngrams.HashedEnds[hashed]
        );
    }

    // Of each place that is not zero how far it is behind the one before, and what is there; 0 at the end.
    private static void WriteSparse(ShardWriter writer, Func<int, int> next, Func<int, long> value)
    {
        var before = -1;
        for (var place = next(0); place >= 0; place = next(place + 1))
        {
            writer.WriteNumber(place - before);
            writer.WriteNumber(value(place));
            before = place;
        }

        writer.WriteNumber(0);
    }

    private static FoldCounts ReadFold(ShardReader reader, long records)
    {
        var fold = new FoldCounts { Bytes = reader.ReadNumber(Limit), TrainedBytes = reader.ReadNumber(Limit) };
        fold.Longest = reader.ReadNumber(ByteWindow.RecordLimit);
        fold.Shortest = reader.ReadNumber(ByteWindow.RecordLimit + 1) is > 0 and var shortest
            ? shortest - 1
            : long.MaxValue;
        fold.InvalidUtf8 = reader.ReadNumber(records);
        foreach (ref var letters in fold.Scripts.Letters)
        {
            letters = reader.ReadNumber(Limit);
        }

        var ngrams = fold.Ngrams;
        long trigrams = 0;
        long symbols = 0;
        var stopped = false;
        ReadSparse(
            reader,
            NgramCounts.TrigramCount,
            uint.MaxValue,
            (gram, count) =>
            {
                ngrams.AddTrigram(gram, (uint)count);
                trigrams += count;
                stopped |= count == uint.MaxValue;
            }
        );
        ReadSparse(
            reader,
            NgramCounts.HashedSymbolCount,
            uint.MaxValue,
            (hashed, count) =>
            {
                ngrams.AddHashedSymbol(hashed, (uint)count);
                symbols += count;
                stopped |= count == uint.MaxValue;
            }
        );
        ReadSparse(reader, NgramCounts.HashedContextCount, records, ngrams.AddEnds);
        return
            ngrams.Parts > records
            || (records == 0) != (fold.Shortest == long.MaxValue)
            || (records > 0 && fold.Shortest > fold.Longest)
            || (!stopped && (trigrams != fold.TrainedBytes || symbols != fold.TrainedBytes))
            ? throw reader.Malformed("has counts that contradict each other")
            : fold;
    }

    private static void ReadSparse(ShardReader reader, int places, long limit, Action<int, long> add)
    {
        long place = -1;
        for (var step = reader.ReadNumber(places); step > 0; step = reader.ReadNumber(places))
        {
            place += step;
            var value = reader.ReadNumber(limit);
            if (place >= places || value == 0)
            {
                throw reader.Malformed("has a count where none can be");
            }

            add((int)place, value);
        }
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
