using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;

namespace Lace.Evidence.Verification;

/// <summary>Whether the batches can be batches of the committed dataset.</summary>
internal static class BatchChecks
{
    /// <summary>Tokens that a record may have beside those of its text: begin, end, separators.</summary>
    private const int SpecialTokens = 8;

    /// <summary>Share of points that may have more tokens than their bytes can hold: batches that were padded.</summary>
    private const double TolerableExcess = 0.03;

    public static Check RecordIndices(RecordedRun? run, long records)
    {
        const string Name = CheckNames.RecordIndices;
        var batches = run?.Points.Select(point => point.Item.Point.Batch).OfType<IReadOnlyList<MicroBatch>>().ToArray();
        if (batches is null or [])
        {
            return Check.NotChecked(Name, "No loss comes with the records that it was computed on.");
        }

        var invalid = batches.Count(batch =>
            batch.Sum(micro => micro.Records.Count) == 0
            || batch.Any(micro => micro.Records.Any(index => index < 0 || index >= records))
        );
        return Check.Of(
            Name,
            invalid == 0,
            invalid == 0
                ? $"All batches of {batches.Length} points name records 0 to {records - 1}."
                : $"{invalid} of {batches.Length} points name no record, or one that the dataset of {records} records does not have."
        );
    }

    /// <summary>A token takes at least one byte, so more tokens than bytes means rows that were not declared, or padding.</summary>
    public static Check TokenCounts(RecordedRun? run, Func<int, RecordFeatures?> featuresOf)
    {
        const string Name = CheckNames.TokenCounts;
        long counted = 0;
        long excessive = 0;
        foreach (var point in run?.Points.Select(logged => logged.Item.Point) ?? [])
        {
            if (point is { Tokens: { } tokens, Batch: { } batch } && MostTokens(batch, featuresOf) is { } most)
            {
                counted++;
                excessive += tokens > most ? 1 : 0;
            }
        }

        return counted == 0
            ? Check.NotChecked(Name, "No loss comes with a token count and committed records.")
            : Check.Of(
                Name,
                excessive <= TolerableExcess * counted,
                excessive == 0
                    ? $"No batch of {counted} points has more target tokens than its committed bytes can hold."
                    : $"{excessive} of {counted} points have more target tokens than their committed bytes can hold: other rows, or padding that was counted."
            );
    }

    private static long? MostTokens(IReadOnlyList<MicroBatch> batch, Func<int, RecordFeatures?> featuresOf)
    {
        var most = 0L;
        foreach (var index in batch.SelectMany(micro => micro.Records))
        {
            if (featuresOf(index) is not { } features)
            {
                return null;
            }

            most += features[0] + SpecialTokens;
        }

        return most;
    }
}
