using System.Collections.Concurrent;

namespace Lace.Evidence.Datasets;

/// <summary>What pass 1 gathers of records in a row: a whole dataset, or a shard of one, which is added to the shards before it.</summary>
public sealed class DatasetCounts
{
    private const int Batches = 6;

    private readonly List<SourceFingerprint> fingerprints;

    internal DatasetCounts(
        FoldCounts even,
        FoldCounts odd,
        DuplicateCounter duplicates,
        long records,
        long emptyLines,
        IEnumerable<SourceFingerprint> fingerprints
    )
    {
        (Even, Odd, Duplicates, Records, EmptyLines) = (even, odd, duplicates, records, emptyLines);
        this.fingerprints = [.. fingerprints];
    }

    public long Records { get; private set; }

    /// <summary>What was read of each source, in order.</summary>
    public IReadOnlyList<SourceFingerprint> Fingerprints => fingerprints;

    internal long EmptyLines { get; private set; }

    /// <summary>Of the records at places 0, 2, …, counted from the first of these.</summary>
    internal FoldCounts Even { get; }

    internal FoldCounts Odd { get; }

    internal DuplicateCounter Duplicates { get; }

    /// <summary>Reads all sources once.</summary>
    /// <param name="jobs">1 uses the calling thread alone; more count the two folds on a thread each.</param>
    /// <exception cref="DatasetException">A source cannot be read, or a record lacks the trained part or is too long.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static DatasetCounts Take(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        int jobs,
        CancellationToken cancellationToken = default
    )
    {
        var duplicates = new DuplicateCounter();
        FoldSurvey[] folds = [new(0, part, duplicates), new(1, part, duplicates)];
        var feed =
            jobs > 1 ? ReadInParallel(sources, folds, cancellationToken) : Read(sources, folds, cancellationToken);
        return new DatasetCounts(
            folds[0].Counts,
            folds[1].Counts,
            duplicates,
            feed.Records,
            feed.EmptyLines,
            feed.Fingerprints
        );
    }

    /// <summary>Of nothing: what shards are added to.</summary>
    public static DatasetCounts None() => new(new FoldCounts(), new FoldCounts(), new DuplicateCounter(), 0, 0, []);

    /// <summary>Adds the counts of the records that come next.</summary>
    public void Add(DatasetCounts next)
    {
        ArgumentNullException.ThrowIfNull(next);
        // After an odd number of records what was even there is odd here.
        var isEven = Records % 2 == 0;
        Even.Add(isEven ? next.Even : next.Odd);
        Odd.Add(isEven ? next.Odd : next.Even);
        Duplicates.Add(next.Duplicates);
        Records += next.Records;
        EmptyLines += next.EmptyLines;
        fingerprints.AddRange(next.fingerprints);
    }

    private static RecordFeed Read(
        IReadOnlyList<DatasetSource> sources,
        FoldSurvey[] folds,
        CancellationToken cancellationToken
    )
    {
        var batch = new RecordBatch();
        var feed = new RecordFeed(sources, () => batch);
        foreach (var _ in feed.Batches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            folds[0].Add(batch);
            folds[1].Add(batch);
        }

        return feed;
    }

    // Each batch goes to both threads and is free again when the second one is done with it.
    private static RecordFeed ReadInParallel(
        IReadOnlyList<DatasetSource> sources,
        FoldSurvey[] folds,
        CancellationToken cancellationToken
    )
    {
        using var pool = new BatchPool(Batches);
        BlockingCollection<RecordBatch>[] queues =
        [
            [],
            [],
        ];
        using var workers = new WorkerThreads(cancellationToken);
        var halfDone = new ConcurrentDictionary<RecordBatch, bool>();
        foreach (var (fold, queue) in folds.Zip(queues))
        {
            workers.Start(
                "lace count",
                () =>
                {
                    foreach (var batch in queue.GetConsumingEnumerable(workers.Stopping))
                    {
                        fold.Add(batch);
                        if (!halfDone.TryAdd(batch, true))
                        {
                            halfDone.TryRemove(batch, out _);
                            pool.Return(batch);
                        }
                    }
                }
            );
        }

        var feed = new RecordFeed(sources, () => pool.Take(workers.Stopping));
        try
        {
            foreach (var batch in feed.Batches())
            {
                queues[0].Add(batch, workers.Stopping);
                queues[1].Add(batch, workers.Stopping);
            }
        }
        catch (OperationCanceledException)
        {
            workers.ThrowFailure();
            throw;
        }

        queues[0].CompleteAdding();
        queues[1].CompleteAdding();
        workers.Join();
        return feed;
    }
}
