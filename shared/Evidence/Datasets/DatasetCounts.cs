using System.Collections.Concurrent;

namespace Lace.Evidence.Datasets;

/// <summary>What pass 1 gathers of records in a row: a whole dataset, or a shard of one, which is added to the shards before it.</summary>
public sealed class DatasetCounts
{
    private readonly List<SourceFingerprint> fingerprints;

    internal DatasetCounts(
        RecordLengths lengths,
        DuplicateCounter duplicates,
        TextSample sample,
        long records,
        long emptyLines,
        IEnumerable<SourceFingerprint> fingerprints
    )
    {
        (Lengths, Duplicates, Sample, Records, EmptyLines) = (lengths, duplicates, sample, records, emptyLines);
        this.fingerprints = [.. fingerprints];
    }

    public long Records { get; private set; }

    /// <summary>What was read of each source, in order.</summary>
    public IReadOnlyList<SourceFingerprint> Fingerprints => fingerprints;

    internal long EmptyLines { get; private set; }

    internal RecordLengths Lengths { get; private set; }

    internal DuplicateCounter Duplicates { get; }

    /// <summary>The records that the byte models are made of, with the parity of their places counted from the first of these.</summary>
    internal TextSample Sample { get; }

    /// <summary>Reads all sources once.</summary>
    /// <param name="jobs">1 uses the calling thread alone.</param>
    /// <exception cref="DatasetException">A source cannot be read, or a record lacks the trained part or is too long.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static DatasetCounts Take(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        int jobs,
        CancellationToken cancellationToken = default
    ) => Take(sources, part, jobs, TextSample.Limit, cancellationToken);

    /// <param name="sampleLimit">For tests and benchmarks: less than what is committed has.</param>
    internal static DatasetCounts Take(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        int jobs,
        int sampleLimit,
        CancellationToken cancellationToken = default
    )
    {
        var duplicates = new DuplicateCounter();
        var sample = new TextSample(sampleLimit);
        RecordSurvey[] surveys = [.. Enumerable.Range(0, jobs).Select(_ => new RecordSurvey(part, duplicates, sample))];
        var feed =
            jobs > 1
                ? ReadInParallel(sources, surveys, cancellationToken)
                : Read(sources, surveys[0], cancellationToken);
        return new DatasetCounts(
            surveys.Aggregate(RecordLengths.None, (sum, survey) => sum + survey.Lengths),
            duplicates,
            sample,
            feed.Records,
            feed.EmptyLines,
            feed.Fingerprints
        );
    }

    /// <summary>Of nothing: what shards are added to.</summary>
    public static DatasetCounts None() => new(RecordLengths.None, new DuplicateCounter(), new TextSample(), 0, 0, []);

    /// <summary>Adds the counts of the records that come next.</summary>
    public void Add(DatasetCounts next)
    {
        ArgumentNullException.ThrowIfNull(next);
        // After an odd number of records what was even there is odd here.
        Sample.Add(next.Sample, isEven: Records % 2 == 0);
        Lengths += next.Lengths;
        Duplicates.Add(next.Duplicates);
        Records += next.Records;
        EmptyLines += next.EmptyLines;
        fingerprints.AddRange(next.fingerprints);
    }

    private static RecordFeed Read(
        IReadOnlyList<DatasetSource> sources,
        RecordSurvey survey,
        CancellationToken cancellationToken
    )
    {
        var batch = new RecordBatch();
        var feed = new RecordFeed(sources, () => batch);
        foreach (var _ in feed.Batches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            survey.Add(batch);
        }

        return feed;
    }

    private static RecordFeed ReadInParallel(
        IReadOnlyList<DatasetSource> sources,
        RecordSurvey[] surveys,
        CancellationToken cancellationToken
    )
    {
        using var pool = new BatchPool((2 * surveys.Length) + 2);
        using var unread = new BlockingCollection<RecordBatch>();
        using var workers = new WorkerThreads(cancellationToken);
        foreach (var survey in surveys)
        {
            workers.Start(
                "lace count",
                () =>
                {
                    foreach (var batch in unread.GetConsumingEnumerable(workers.Stopping))
                    {
                        survey.Add(batch);
                        pool.Return(batch);
                    }
                }
            );
        }

        var feed = new RecordFeed(sources, () => pool.Take(workers.Stopping));
        try
        {
            foreach (var batch in feed.Batches())
            {
                unread.Add(batch, workers.Stopping);
            }
        }
        catch (OperationCanceledException)
        {
            workers.ThrowFailure();
            throw;
        }

        unread.CompleteAdding();
        workers.Join();
        return feed;
    }
}
