using System.Text.Unicode;

namespace Lace.Evidence.Datasets;

/// <summary>What one thread of pass 1 gathers; samples are shared with the others.</summary>
internal sealed class RecordSurvey(DatasetPart part, DuplicateCounter duplicates, TextSample sample)
{
    private readonly TrainedPart trained = new(part);
    private readonly List<ulong> hashes = [];

    public RecordLengths Lengths { get; private set; } = RecordLengths.None;

    /// <summary>Adds the records of a batch.</summary>
    public void Add(RecordBatch batch)
    {
        hashes.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            var record = batch[i];
            if (!trained.TryFind(record, out var found))
            {
                throw DatasetException.At(batch.Source.Name, batch.Source.Format, batch.Position(i), trained.Missing);
            }

            Lengths += RecordLengths.Of(record.Length, found.Length, Utf8.IsValid(record));
            var hash = DuplicateCounter.HashOf(record);
            hashes.Add(hash);
            // Without the lock the level may be one that was: the sample looks again.
            if (sample.Wants(hash))
            {
                var isEven = ((batch.FirstIndex + i) & 1) == 0;
                lock (sample)
                {
                    sample.Add(hash, found, isEven ? 1 : 0, isEven ? 0 : 1);
                }
            }
        }

        lock (duplicates)
        {
            hashes.ForEach(duplicates.Add);
        }
    }
}
