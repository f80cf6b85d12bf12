using System.Text.Unicode;

namespace Lace.Evidence.Datasets;

/// <summary>What pass 1 gathers of the records of one parity. Belongs to one thread.</summary>
internal sealed class FoldSurvey(int parity, DatasetPart part, DuplicateCounter duplicates)
{
    private readonly TrainedPart trained = new(part);
    private readonly List<ulong> hashes = [];

    public FoldCounts Counts { get; } = new();

    /// <summary>Adds this parity's records of a batch.</summary>
    public void Add(RecordBatch batch)
    {
        hashes.Clear();
        for (var i = (int)((batch.FirstIndex ^ parity) & 1); i < batch.Count; i += 2)
        {
            var record = batch[i];
            if (!trained.TryFind(record, out var found))
            {
                throw DatasetException.At(batch.Source.Name, batch.Source.Format, batch.Position(i), trained.Missing);
            }

            Counts.Bytes += record.Length;
            Counts.TrainedBytes += found.Length;
            Counts.Longest = Math.Max(Counts.Longest, record.Length);
            Counts.Shortest = Math.Min(Counts.Shortest, record.Length);
            Counts.InvalidUtf8 += Utf8.IsValid(record) ? 0 : 1;
            hashes.Add(DuplicateCounter.HashOf(record));
            Counts.Scripts.Add(found);
            Counts.Ngrams.Count(found);
        }

        lock (duplicates)
        {
            hashes.ForEach(duplicates.Add);
        }
    }
}
