namespace Lace.Evidence.Datasets;

/// <summary>Reads all sources of a dataset in order, as batches. Belongs to one thread and is read once.</summary>
/// <param name="firstIndex">Of the first record in the whole dataset.</param>
internal sealed class RecordFeed(IReadOnlyList<DatasetSource> sources, Func<RecordBatch> takeBatch, long firstIndex = 0)
{
    private readonly List<SourceFingerprint> fingerprints = [];

    public long Records { get; private set; }

    public long EmptyLines { get; private set; }

    /// <summary>What was read of each source that is done.</summary>
    public IReadOnlyList<SourceFingerprint> Fingerprints => fingerprints;

    /// <summary>Called with each source's number and fingerprint as soon as it is done.</summary>
    public Action<int, SourceFingerprint>? SourceDone { get; init; }

    public IEnumerable<RecordBatch> Batches()
    {
        using var window = new ByteWindow();
        long batches = 0;
        foreach (var source in sources)
        {
            window.Open(source);
            var reader = RecordReader.Of(source.Format, window);
            for (var more = true; more; )
            {
                var batch = takeBatch();
                batch.Start(source, batches, firstIndex + Records);
                while (!batch.IsFull && (more = reader.TryRead(batch))) { }
                Records += batch.Count;
                batches++;
                yield return batch;
            }

            EmptyLines += reader.EmptyLines;
            fingerprints.Add(window.Close());
            SourceDone?.Invoke(fingerprints.Count - 1, fingerprints[^1]);
        }
    }
}
