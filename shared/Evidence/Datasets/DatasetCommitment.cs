using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>Pass 2 over a dataset: its chunks in order, as they are sent (protocol §3).</summary>
public static class DatasetCommitment
{
    /// <summary>Bytes of k_salt (protocol §2).</summary>
    public const int SaltKeySize = 32;

    /// <summary>
    /// Reads the sources again and yields chunk after chunk. The same survey, key and id give the same bytes. The caller takes
    /// the root by <see cref="DatasetRoot.FromChunkRoots"/>, once the enumeration has ended without an exception.
    /// </summary>
    /// <param name="saltKey">32 secret random bytes that belong to this attestation.</param>
    /// <param name="jobs">Scoring threads. A slow caller holds them up: nothing piles up.</param>
    /// <param name="filter">Given all fingerprints by the end of the enumeration; null where none are wanted.</param>
    /// <exception cref="DatasetException">A source is not what the survey read.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IEnumerable<CommittedChunk> Chunks(
        DatasetSurvey survey,
        string attestationId,
        ReadOnlyMemory<byte> saltKey,
        int jobs,
        FilterBuilder? filter = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(saltKey.Length, SaltKeySize, nameof(saltKey));
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        var batches = Batches(survey.Whole, saltKey, jobs, filter?.Settings, cancellationToken);
        return Cut(
            batches.Select(batch => (batch.Entries, batch.Fingerprints)),
            survey.Records,
            attestationId,
            filter,
            cancellationToken
        );
    }

    /// <summary>The records of a stretch with their entries and fingerprints, in their order; a batch is valid until the next one.</summary>
    internal static IEnumerable<RecordBatch> Batches(
        DatasetStretch stretch,
        ReadOnlyMemory<byte> saltKey,
        int jobs,
        FingerprintSettings? settings,
        CancellationToken cancellationToken
    )
    {
        var batches =
            jobs == 1
                ? Score(stretch, saltKey, settings)
                : ScoreInParallel(stretch, saltKey, settings, jobs, cancellationToken);
        foreach (var batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (batch.FirstIndex + batch.Count > stretch.FirstIndex + stretch.Records)
            {
                throw Changed(batch.Source.Name);
            }

            yield return batch;
        }
    }

    /// <summary>Cuts entries in their order into chunks.</summary>
    internal static IEnumerable<CommittedChunk> Cut(
        IEnumerable<(BatchEntries Entries, BatchFingerprints Fingerprints)> batches,
        long records,
        string attestationId,
        FilterBuilder? filter,
        CancellationToken cancellationToken
    )
    {
        var chunk = new ChunkBuilder(attestationId, records);
        foreach (var (entries, fingerprints) in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            filter?.Add(CollectionsMarshal.AsSpan(fingerprints.Keys), fingerprints.Counts);
            filter?.Bands?.Add(CollectionsMarshal.AsSpan(fingerprints.Bands), fingerprints.BandCounts);
            for (var taken = 0; taken < entries.Count; )
            {
                taken += chunk.Take(entries, taken);
                if (chunk.IsFull)
                {
                    yield return chunk.Finish();
                }
            }
        }
    }

    private static IEnumerable<RecordBatch> Score(
        DatasetStretch stretch,
        ReadOnlyMemory<byte> saltKey,
        FingerprintSettings? settings
    )
    {
        using var fingerprinter = settings is null ? null : new RecordFingerprinter(settings);
        using var salts = new HmacSha256Numbers(saltKey.Span);
        var trained = new TrainedPart(stretch.Part);
        var batch = new RecordBatch();
        foreach (var _ in Feed(stretch, () => batch).Batches())
        {
            batch.Entries.Compute(batch, trained, stretch.Scorer, salts, fingerprinter);
            yield return batch;
        }
    }

    // A reader, the scorers, and the caller, who puts what they finish back into the order of reading. No more
    // batches exist than the pool has, so the one that the caller waits for is always being worked on.
    private static IEnumerable<RecordBatch> ScoreInParallel(
        DatasetStretch stretch,
        ReadOnlyMemory<byte> saltKey,
        FingerprintSettings? settings,
        int jobs,
        CancellationToken cancellationToken
    )
    {
        using var pool = new BatchPool((2 * jobs) + 2);
        using var unscored = new BlockingCollection<RecordBatch>();
        using var scored = new BlockingCollection<RecordBatch>();
        using var workers = new WorkerThreads(cancellationToken);
        workers.Start(
            "lace read",
            () =>
            {
                foreach (var batch in Feed(stretch, () => pool.Take(workers.Stopping)).Batches())
                {
                    unscored.Add(batch, workers.Stopping);
                }

                unscored.CompleteAdding();
            }
        );
        var running = jobs;
        for (var job = 0; job < jobs; job++)
        {
            workers.Start(
                "lace score",
                () =>
                {
                    using var fingerprinter = settings is null ? null : new RecordFingerprinter(settings);
                    using var salts = new HmacSha256Numbers(saltKey.Span);
                    var trained = new TrainedPart(stretch.Part);
                    foreach (var batch in unscored.GetConsumingEnumerable(workers.Stopping))
                    {
                        batch.Entries.Compute(batch, trained, stretch.Scorer, salts, fingerprinter);
                        scored.Add(batch, workers.Stopping);
                    }

                    if (Interlocked.Decrement(ref running) == 0)
                    {
                        scored.CompleteAdding();
                    }
                }
            );
        }

        var early = new Dictionary<long, RecordBatch>();
        for (long next = 0; TryTake(scored, workers, out var batch); )
        {
            early.Add(batch.Number, batch);
            for (; early.Remove(next, out var current); next++)
            {
                yield return current;
                pool.Return(current);
            }
        }

        workers.Join();
    }

    private static bool TryTake(
        BlockingCollection<RecordBatch> scored,
        WorkerThreads workers,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RecordBatch? batch
    )
    {
        try
        {
            return scored.TryTake(out batch, Timeout.Infinite, workers.Stopping);
        }
        catch (OperationCanceledException)
        {
            workers.ThrowFailure();
            throw;
        }
    }

    private static RecordFeed Feed(DatasetStretch stretch, Func<RecordBatch> takeBatch) =>
        new(stretch.Sources, takeBatch, stretch.FirstIndex)
        {
            SourceDone = (i, read) =>
            {
                if (read != stretch.Fingerprints[i])
                {
                    throw Changed(read.Name);
                }
            },
        };

    private static DatasetException Changed(string source) =>
        new(
            $"{source}: changed while it was read. Nothing was completed. Run the command again when nothing writes to the file."
        );
}

/// <summary>Records in a row that pass 2 reads: the whole dataset or a shard of it.</summary>
/// <param name="Fingerprints">What pass 1 read of the sources.</param>
/// <param name="FirstIndex">Of the first record in the whole dataset.</param>
internal sealed record DatasetStretch(
    IReadOnlyList<DatasetSource> Sources,
    IReadOnlyList<SourceFingerprint> Fingerprints,
    DatasetPart Part,
    FeatureScorer Scorer,
    long FirstIndex,
    long Records
);

/// <summary>A chunk ready to be sent.</summary>
/// <param name="Bytes">Header and entries.</param>
public sealed record CommittedChunk(int Number, int Count, ReadOnlyMemory<byte> Bytes, MerkleHash Root);
