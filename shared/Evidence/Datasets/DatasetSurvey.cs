using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Datasets;

/// <summary>
/// Pass 1 over a dataset: the byte models that the features need, the statistics, and what was read, so that pass 2
/// (<see cref="DatasetCommitment"/>) can tell whether it reads the same.
/// </summary>
/// <remarks>Takes about 250 MB whatever the size of the dataset, most of it the counts of the byte models.</remarks>
public sealed class DatasetSurvey
{
    private const int Batches = 6;

    private DatasetSurvey(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        RecordFeed feed,
        FoldSurvey[] folds,
        DuplicateCounter duplicates
    )
    {
        (Sources, Part, Records, Fingerprints) = (sources, part, feed.Records, feed.Fingerprints);
        Scorer = new FeatureScorer(folds[0].Counts, folds[1].Counts);
        var symbols = Scorer.SymbolCounts();
        folds[0].Scripts.Add(folds[1].Scripts);
        Statistics = new DatasetStatistics(
            folds.Sum(fold => fold.Bytes),
            folds.Sum(fold => fold.TrainedBytes),
            duplicates.Duplicates,
            duplicates.Sample,
            folds.Max(fold => fold.Longest),
            folds.Min(fold => fold.Shortest),
            feed.EmptyLines,
            folds.Sum(fold => fold.InvalidUtf8),
            Entropy(symbols),
            folds[0].Scripts.Shares(symbols.Where((_, symbol) => char.IsAsciiLetter((char)symbol)).Sum())
        );
    }

    public long Records { get; }

    public DatasetStatistics Statistics { get; }

    /// <summary>What was read of each source, in order.</summary>
    public IReadOnlyList<SourceFingerprint> Fingerprints { get; }

    /// <summary>SHA-256 in hex over the fingerprints: another value means other data.</summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Join('\n', Fingerprints.Select(f => $"{f.Length} {f.Sha256}")))
            )
        );

    internal IReadOnlyList<DatasetSource> Sources { get; }

    internal DatasetPart Part { get; }

    internal FeatureScorer Scorer { get; }

    /// <summary>Reads all sources once.</summary>
    /// <param name="jobs">1 uses the calling thread alone; more count the two folds on a thread each.</param>
    /// <exception cref="DatasetException">A source cannot be read, a record lacks the trained part or is too long, or there are no records.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static DatasetSurvey Take(
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
        return feed.Records > 0
            ? new DatasetSurvey(sources, part, feed, folds, duplicates)
            : throw new DatasetException("The dataset has no records: there is nothing to commit to.");
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

    private static double Entropy(long[] symbols)
    {
        double all = Math.Max(1, symbols.Sum());
        return Math.Round(-symbols.Where(n => n > 0).Sum(n => n / all * Math.Log2(n / all)), 4);
    }
}
