using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;

namespace Lace.Evidence.Verification;

/// <summary>Committed features of the records that a run names, and of no others: chunk after chunk is taken and let go.</summary>
public sealed class NamedFeatures
{
    /// <summary>A run that names more different records than this is not evaluated: about 450 MB of features.</summary>
    public const int MaxRecords = 4_000_000;

    private readonly int[] records;
    private readonly RecordFeatures[] features;

    private NamedFeatures(int[] records)
    {
        this.records = records;
        features = new RecordFeatures[records.Length];
    }

    /// <summary>Numbers of the chunks that hold a named record, in order.</summary>
    public IEnumerable<int> Chunks => records.Select(record => record / DatasetChunk.Records).Distinct();

    /// <summary>A table still without features.</summary>
    /// <param name="run">Null names none.</param>
    /// <param name="total">Records of the dataset; an index beyond it names nothing.</param>
    /// <returns>Null where the run names more than <see cref="MaxRecords"/>.</returns>
    public static NamedFeatures? Of(RecordedRun? run, long total)
    {
        var named = new HashSet<int>();
        foreach (
            var index in run?.Points.SelectMany(point => point.Item.Point.Batch ?? []).SelectMany(b => b.Records) ?? []
        )
        {
            if (index < total && named.Add(index) && named.Count > MaxRecords)
            {
                return null;
            }
        }

        int[] sorted = [.. named];
        Array.Sort(sorted);
        return new NamedFeatures(sorted);
    }

    /// <summary>Whether the chunk holds a named record.</summary>
    public bool Needs(int chunk) => FirstOf(chunk) is var first && first < records.Length && IsIn(first, chunk);

    /// <summary>Keeps what is named of a chunk.</summary>
    /// <returns>False where the chunk is too short to hold all that is named of it.</returns>
    public bool Take(int number, ParsedChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        for (var i = FirstOf(number); i < records.Length && IsIn(i, number); i++)
        {
            var place = records[i] % DatasetChunk.Records;
            if (place >= chunk.Count)
            {
                return false;
            }

            features[i] = chunk.Features(place);
        }

        return true;
    }

    /// <summary>Features of a record; null for one that the dataset or the run does not have.</summary>
    public RecordFeatures? Features(int record) =>
        Array.BinarySearch(records, record) is >= 0 and var place ? features[place] : null;

    private bool IsIn(int place, int chunk) => records[place] / DatasetChunk.Records == chunk;

    private int FirstOf(int chunk)
    {
        // Indices have 31 bits; a dataset may have more chunks than these reach.
        var first = (long)chunk * DatasetChunk.Records;
        var place = first <= int.MaxValue ? Array.BinarySearch(records, (int)first) : records.Length;
        return place < 0 ? ~place : place;
    }
}
