using System.Text.Unicode;

namespace Lace.Evidence.Datasets;

/// <summary>What pass 1 gathers of the records of one parity. Belongs to one thread.</summary>
internal sealed class FoldSurvey(int parity, DatasetPart part, DuplicateCounter duplicates)
{
    private readonly TrainedPart trained = new(part);
    private readonly List<ulong> hashes = [];

    public NgramCounts Counts { get; } = new();

    public ScriptCounter Scripts { get; } = new();

    public long Bytes { get; private set; }

    public long TrainedBytes { get; private set; }

    public long Longest { get; private set; }

    public long Shortest { get; private set; } = long.MaxValue;

    public long InvalidUtf8 { get; private set; }

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

            Bytes += record.Length;
            TrainedBytes += found.Length;
            Longest = Math.Max(Longest, record.Length);
            Shortest = Math.Min(Shortest, record.Length);
            InvalidUtf8 += Utf8.IsValid(record) ? 0 : 1;
            hashes.Add(DuplicateCounter.HashOf(record));
            Scripts.Add(found);
            Counts.Count(found);
        }

        lock (duplicates)
        {
            hashes.ForEach(duplicates.Add);
        }
    }
}
