using Lace.Evidence.Datasets;

namespace Lace.Evidence.Trajectories;

/// <summary>What the committed records say about how hard one logged point should have been.</summary>
/// <remarks>Source: <c>docs/trajectory.md</c> §3, step 1.</remarks>
public static class StepPredictors
{
    /// <summary>Number of predictors of a point: all features but the bytes, which divide them.</summary>
    public const int Count = RecordFeatures.Count - 1;

    /// <summary>Index of the order-2 nats per byte, the one predictor of short runs.</summary>
    internal const int Order2 = 1;

    /// <summary>Sums the features of all records of all micro-batches and divides the last 12 by the bytes.</summary>
    /// <param name="batch">The micro-batches of the point. A record that occurs twice counts twice.</param>
    /// <param name="featuresOf">Committed features of a record index; null where the commitment holds no such record.</param>
    /// <param name="predictors">Receives <see cref="Count"/> numbers; the nats in nats per byte, the counts per byte.</param>
    /// <returns>False, with nothing of use in <paramref name="predictors"/>, if the batch is empty or names an unknown record.</returns>
    public static bool TryCompute(
        IReadOnlyList<MicroBatch> batch,
        Func<int, RecordFeatures?> featuresOf,
        Span<double> predictors
    )
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(featuresOf);
        ArgumentOutOfRangeException.ThrowIfNotEqual(predictors.Length, Count);

        // Doubles cannot overflow here and are exact below 2^53, so the order of the records does not change a bit.
        Span<double> sums = stackalloc double[RecordFeatures.Count];
        sums.Clear();
        var records = 0L;
        foreach (var microBatch in batch)
        {
            foreach (var record in microBatch.Records)
            {
                if (featuresOf(record) is not { } features)
                {
                    return false;
                }

                for (var i = 0; i < RecordFeatures.Count; i++)
                {
                    sums[i] += features[i];
                }

                records++;
            }
        }

        var bytes = Math.Max(sums[0], 1);
        for (var i = 0; i < Count; i++)
        {
            var isNats = i < 3;
            predictors[i] = (isNats ? sums[i + 1] / RecordFeatures.NatsScale : sums[i + 1]) / bytes;
        }

        return records > 0;
    }
}
