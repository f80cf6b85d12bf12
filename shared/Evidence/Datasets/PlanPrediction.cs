using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>What a plan's training steps will look like, from the committed features alone (protocol §7).</summary>
/// <param name="Steps">Optimizer steps: epochs times batches, the last one of an epoch possibly short.</param>
/// <param name="BytesPerBatch">Trained bytes of a full batch, over random batches.</param>
/// <param name="NatsPerByte">Code length of a batch over its bytes for the orders 1, 2, 3, over random batches.</param>
/// <param name="UsablePoints">Points left after the warm-up if every step is logged.</param>
/// <param name="SupportsNegativeVerdict">Whether they are the 200 from which the absence of a correlation says something.</param>
/// <param name="FirstSteps">For a sequential plan the order-2 nats per byte of the first steps, at most 400; else null.</param>
public sealed record PlanPrediction(
    long Steps,
    Spread BytesPerBatch,
    IReadOnlyList<Spread> NatsPerByte,
    long UsablePoints,
    bool SupportsNegativeVerdict,
    IReadOnlyList<double>? FirstSteps
)
{
    /// <summary>Usable points from which a run that shows nothing is evidence against it (trajectory.md §5).</summary>
    public const int PointsForNegativeVerdict = 200;

    /// <summary>How many steps <see cref="FirstSteps"/> covers at most.</summary>
    public const int FirstStepsLimit = 400;

    /// <summary>Predicts; moments must be those of the whole dataset, at least one record.</summary>
    /// <param name="inOrder">The records from index 0, needed for a sequential plan only; no more than 400 batches are read.</param>
    /// <remarks>
    /// A batch is a simple random sample without replacement. The spread of nats per byte is that of the linearised ratio, good
    /// to a few per cent unless a batch is one record of very uneven length.
    /// </remarks>
    public static PlanPrediction From(
        TrainingPlan plan,
        FeatureMoments moments,
        IEnumerable<RecordFeatures>? inOrder = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(moments.Records, 1, nameof(moments));
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.Batch, 1, nameof(plan));
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.Epochs, 1, nameof(plan));
        var batch = Math.Min(plan.Batch, moments.Records);
        var steps = checked(plan.Epochs * ((moments.Records + plan.Batch - 1) / plan.Batch));
        var usable = steps - Math.Min(Math.Max(20, steps / 20), steps / 4);
        return new PlanPrediction(
            steps,
            BatchBytes(moments, batch),
            [.. Enumerable.Range(0, 3).Select(k => BatchNatsPerByte(moments, batch, k))],
            usable,
            usable >= PointsForNegativeVerdict,
            plan.Order == PlanOrder.Sequential && inOrder is not null ? OrderTwo(inOrder, plan, moments.Records) : null
        );
    }

    private static Spread BatchBytes(FeatureMoments moments, long batch)
    {
        double records = moments.Records;
        var mean = moments.Bytes / records;
        var variance = Math.Max(0, (moments.BytesSquared / records) - (mean * mean));
        return new Spread(batch * mean, Math.Sqrt(batch * variance * SamplingFactor(records, batch)));
    }

    private static Spread BatchNatsPerByte(FeatureMoments moments, long batch, int order)
    {
        if (moments.Bytes == 0)
        {
            return new Spread(0, 0);
        }

        double records = moments.Records;
        var ratio = moments.Nats[order] / moments.Bytes;
        var residual =
            moments.NatsSquared[order]
            - (2 * ratio * moments.BytesNats[order])
            + (ratio * ratio * moments.BytesSquared);
        var variance = Math.Max(0, residual / records) * SamplingFactor(records, batch);
        return new Spread(ratio, Math.Sqrt(variance / batch) / (moments.Bytes / records));
    }

    // Batches of an epoch exclude each other: the whole dataset as one batch has no spread.
    private static double SamplingFactor(double records, long batch) =>
        records > 1 ? (records - batch) / (records - 1) : 0;

    private static double[] OrderTwo(IEnumerable<RecordFeatures> inOrder, TrainingPlan plan, long records)
    {
        var wanted = Math.Min(records, (long)FirstStepsLimit * plan.Batch);
        var read = inOrder.Take((int)Math.Min(wanted, int.MaxValue));
        return [.. read.Chunk(plan.Batch).Select(NatsPerByteOf)];
    }

    private static double NatsPerByteOf(RecordFeatures[] records)
    {
        var sum = default(RecordFeatures);
        foreach (ref readonly var record in records.AsSpan())
        {
            sum.Add(record);
        }

        return sum[0] == 0 ? 0 : sum[2] / (double)RecordFeatures.NatsScale / sum[0];
    }
}

/// <summary>Mean and standard deviation.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Spread(double Mean, double Sd);
