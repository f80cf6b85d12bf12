using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Functions.Storage;
using Lace.Platform;

namespace Lace.Functions.Verify;

/// <summary>Committed features of the records that a run names, and of no others: chunk after chunk is read and let go.</summary>
internal sealed class FeatureTable
{
    /// <summary>More different records than this do not fit the memory of a function.</summary>
    public const int MaxRecords = 4_000_000;

    private readonly int[] records;
    private readonly RecordFeatures[] features;

    private FeatureTable(int[] records)
    {
        this.records = records;
        features = new RecordFeatures[records.Length];
    }

    /// <summary>What was wrong with the chunks that were read; null where nothing was.</summary>
    public string? Damage { get; private set; }

    /// <summary>Features of a record; null for one that the dataset or the run does not have.</summary>
    public RecordFeatures? Of(int record) =>
        Array.BinarySearch(records, record) is >= 0 and var place && Damage is null ? features[place] : null;

    /// <exception cref="RunTooLargeException">The run names more than <see cref="MaxRecords"/> different records.</exception>
    public static async Task<FeatureTable> LoadAsync(
        Attestations attestations,
        TenantId tenant,
        Attestation attestation,
        RecordedRun? run,
        CancellationToken cancellationToken
    )
    {
        var table = new FeatureTable(Named(run, attestation.Dataset.Records ?? 0));
        try
        {
            for (var i = 0; i < table.records.Length; )
            {
                var number = table.records[i] / DatasetChunk.Records;
                var chunk = await attestations.ReadChunkAsync(tenant, attestation.Id, number, cancellationToken);
                for (; i < table.records.Length && table.records[i] / DatasetChunk.Records == number; i++)
                {
                    table.features[i] = chunk.Features(table.records[i] % DatasetChunk.Records);
                }
            }
        }
        catch (InvalidDataException damaged)
        {
            table.Damage = damaged.Message;
        }

        return table;
    }

    private static int[] Named(RecordedRun? run, long records)
    {
        var named = new HashSet<int>();
        foreach (
            var index in run?.Points.SelectMany(point => point.Item.Point.Batch ?? []).SelectMany(b => b.Records) ?? []
        )
        {
            if (index < records && named.Add(index) && named.Count > MaxRecords)
            {
                throw new RunTooLargeException();
            }
        }

        int[] sorted = [.. named];
        Array.Sort(sorted);
        return sorted;
    }
}

/// <summary>The run is longer, or names more records, than can be held at once.</summary>
internal sealed class RunTooLargeException : Exception;
