using System.Runtime.InteropServices;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>Pass 2 over one shard: its entries and fingerprints as a file, and their way from the files of all shards into one commitment.</summary>
public static class ShardEntries
{
    private const string Kind = "lace-shard-entries/2";

    // What the largest batch can have: a little over a megabyte, or one record of 16.
    private const int MaxKeys = 1 << 24;

    /// <summary>Reads the sources of a shard again and writes its file.</summary>
    /// <param name="digest">Of the plan's file.</param>
    /// <param name="sources">Those that the shard's counts were taken of.</param>
    /// <param name="counts">Of this shard.</param>
    /// <exception cref="ShardException">The counts are not those that the plan was made of.</exception>
    /// <exception cref="DatasetException">A source is not what was counted.</exception>
    public static void Write(
        Stream output,
        ShardPlan plan,
        MerkleHash digest,
        ShardCounts counts,
        IReadOnlyList<DatasetSource> sources,
        int jobs,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(counts);
        var header = counts.Header;
        if (!header.GoesWith(plan.Header) || plan.Counts[header.Shard - 1] != counts.Digest)
        {
            throw new ShardException(
                ShardError.Foreign,
                $"Shard {header.Shard}/{header.Shards} was counted again, or is of another dataset, since its plan was made. Merge the counts once more."
            );
        }

        using var writer = new ShardWriter(output, Kind);
        header.Write(writer);
        writer.Write(digest.ToArray());
        var survey = DatasetSurvey.Of(sources, header.Part, plan.Total, jobs);
        var stretch = new DatasetStretch(
            sources,
            counts.Counts.Fingerprints,
            header.Part,
            survey.Scorer,
            plan.FirstIndexOf(header.Shard),
            counts.Counts.Records
        );
        var skipped = default(FingerprintCounts);
        long shortForBands = 0;
        foreach (var batch in DatasetCommitment.Batches(stretch, plan.SaltKey, jobs, plan.Filter, cancellationToken))
        {
            skipped += batch.Fingerprints.Counts;
            shortForBands += batch.Fingerprints.BandCounts.ShortRecords;
            Write(writer, batch.Entries, batch.Fingerprints);
        }

        writer.WriteNumber(0);
        writer.WriteNumber(skipped.ShortRecords);
        writer.WriteNumber(skipped.Skipped.Personal);
        writer.WriteNumber(skipped.Skipped.Digits);
        writer.WriteNumber(skipped.Skipped.Repetitive);
        writer.WriteNumber(shortForBands);
        writer.Finish();
    }

    /// <summary>Digest of the plan that a file was made by, without reading the rest.</summary>
    public static MerkleHash PlanOf(Stream input, string name)
    {
        using var reader = new ShardReader(input, name, Kind);
        ShardHeader.Read(reader);
        Span<byte> made = stackalloc byte[MerkleHash.Size];
        reader.Read(made);
        return new MerkleHash(made);
    }

    /// <summary>
    /// The chunks of the whole dataset from the files of all shards, the same bytes as <see cref="DatasetCommitment.Chunks"/> of one pass. What was
    /// yielded is good once the enumeration has ended without an exception.
    /// </summary>
    /// <param name="digest">Of the plan's file.</param>
    /// <param name="files">Of the shards 1 to n, in this order: how messages call each, and its content.</param>
    /// <exception cref="ShardException">A file is anything else.</exception>
    public static IEnumerable<CommittedChunk> Chunks(
        ShardPlan plan,
        MerkleHash digest,
        IReadOnlyList<(string Name, Func<Stream> Open)> files,
        FilterBuilder? filter = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfNotEqual(files.Count, plan.Header.Shards, nameof(files));
        return DatasetCommitment.Cut(
            Read(plan, digest, files),
            plan.Total.Records,
            plan.AttestationId,
            filter,
            cancellationToken
        );
    }

    private static void Write(ShardWriter writer, BatchEntries entries, BatchFingerprints fingerprints)
    {
        if (entries.Count == 0)
        {
            return;
        }

        writer.WriteNumber(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            writer.WriteNumber(entries[i].Length);
            writer.Write(entries[i]);
        }

        Write(writer, fingerprints.Keys);
        Write(writer, fingerprints.Bands);
    }

    private static void Write(ShardWriter writer, List<ulong> keys)
    {
        writer.WriteNumber(keys.Count);
        foreach (var key in keys)
        {
            writer.WriteKey(key);
        }
    }

    private static IEnumerable<(BatchEntries, BatchFingerprints)> Read(
        ShardPlan plan,
        MerkleHash digest,
        IReadOnlyList<(string Name, Func<Stream> Open)> files
    )
    {
        var entries = new BatchEntries();
        var fingerprints = new BatchFingerprints();
        for (var shard = 1; shard <= files.Count; shard++)
        {
            using var input = files[shard - 1].Open();
            using var reader = new ShardReader(input, files[shard - 1].Name, Kind);
            RequirePlan(reader, plan, digest, shard);
            var left = plan.Records[shard - 1];
            for (
                int count;
                (count = (int)reader.ReadNumber(Math.Min(left, RecordBatch.TargetRecords))) > 0;
                left -= count
            )
            {
                fingerprints.Clear();
                ReadBlock(reader, count, entries, fingerprints);
                yield return (entries, fingerprints);
            }

            if (left > 0)
            {
                throw reader.Malformed($"has {left} records fewer than were counted");
            }

            // What was left out comes at the end of a file, with no entries.
            entries.Clear();
            fingerprints.Clear();
            var shortRecords = reader.ReadNumber(plan.Records[shard - 1]);
            const long limit = DatasetEntry.ValueLimit - 1;
            var skipped = new SkippedGrams(
                reader.ReadNumber(limit),
                reader.ReadNumber(limit),
                reader.ReadNumber(limit)
            );
            fingerprints.Counts = new FingerprintCounts(0, shortRecords, skipped);
            fingerprints.BandCounts = new FingerprintCounts(0, reader.ReadNumber(plan.Records[shard - 1]), default);
            reader.Finish();
            yield return (entries, fingerprints);
        }
    }

    private static void RequirePlan(ShardReader reader, ShardPlan plan, MerkleHash digest, int shard)
    {
        var header = ShardHeader.Read(reader);
        Span<byte> made = stackalloc byte[MerkleHash.Size];
        reader.Read(made);
        if (!header.GoesWith(plan.Header) || new MerkleHash(made) != digest)
        {
            throw new ShardException(
                ShardError.Foreign,
                $"{reader.Name}: was made by another plan, or of another dataset. Make shard {shard}/{plan.Header.Shards} again."
            );
        }

        if (header.Shard != shard)
        {
            throw new ShardException(
                ShardError.Foreign,
                $"{reader.Name}: is shard {header.Shard}/{header.Shards}, in the place of shard {shard}/{header.Shards}."
            );
        }
    }

    private static void ReadBlock(ShardReader reader, int count, BatchEntries entries, BatchFingerprints fingerprints)
    {
        entries.Clear();
        Span<byte> entry = stackalloc byte[DatasetEntry.MaxLength];
        for (var i = 0; i < count; i++)
        {
            var length = (int)reader.ReadNumber(DatasetEntry.MaxLength);
            reader.Read(entry[..length]);
            if (DatasetEntry.Read(entry[..length], out _, out var read) is not null || read != length)
            {
                throw reader.Malformed("has an entry that is none");
            }

            entries.Add(entry[..length]);
        }

        entries.HashLeaves();
        ReadKeys(reader, MaxKeys, fingerprints.Keys);
        fingerprints.Counts = new FingerprintCounts(fingerprints.Keys.Count, 0, default);
        ReadKeys(reader, count * MinHashScheme.Bands, fingerprints.Bands);
        fingerprints.BandCounts = new FingerprintCounts(fingerprints.Bands.Count, 0, default);
        if (fingerprints.Bands.Count % MinHashScheme.Bands != 0)
        {
            throw reader.Malformed("has a part of the bands of a record");
        }
    }

    private static void ReadKeys(ShardReader reader, int limit, List<ulong> keys)
    {
        CollectionsMarshal.SetCount(keys, (int)reader.ReadNumber(limit));
        foreach (ref var key in CollectionsMarshal.AsSpan(keys))
        {
            key = reader.ReadKey();
        }
    }
}
