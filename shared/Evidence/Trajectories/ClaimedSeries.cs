using Lace.Evidence.Datasets;

namespace Lace.Evidence.Trajectories;

/// <summary>Losses beside the predictors of the batches that the claim names for them.</summary>
internal sealed class ClaimedSeries
{
    public required long[] Steps { get; init; }

    public required double[] Loss { get; init; }

    public required int[] Segments { get; init; }

    /// <summary>Rows of <see cref="StepPredictors.Count"/>.</summary>
    public required double[] Predictors { get; init; }

    /// <summary>Target tokens; null unless known for every point.</summary>
    public required double[]? Tokens { get; init; }

    public int Superseded { get; init; }

    public int NonFinite { get; init; }

    public int WithoutBatch { get; init; }

    public int Count => Loss.Length;

    /// <summary>Looks up what each kept point claims; a point without committed records is left out.</summary>
    public static ClaimedSeries From(
        IReadOnlyList<LossPoint> points,
        LossSeries cleaned,
        Func<int, RecordFeatures?> featuresOf
    )
    {
        var kept = new List<int>(cleaned.Kept.Count);
        var predictors = new List<double>(cleaned.Kept.Count * StepPredictors.Count);
        Span<double> row = stackalloc double[StepPredictors.Count];
        for (var i = 0; i < cleaned.Kept.Count; i++)
        {
            if (points[cleaned.Kept[i]].Batch is { } batch && StepPredictors.TryCompute(batch, featuresOf, row))
            {
                kept.Add(i);
                predictors.AddRange(row);
            }
        }

        var claimed = kept.ConvertAll(i => points[cleaned.Kept[i]]);
        return new()
        {
            Steps = [.. claimed.Select(point => point.Step)],
            Loss = [.. claimed.Select(point => point.Loss)],
            Segments = [.. kept.Select(i => cleaned.Segments[i])],
            Predictors = [.. predictors],
            Tokens = claimed.TrueForAll(point => point.Tokens is not null)
                ? [.. claimed.Select(point => (double)point.Tokens!.Value)]
                : null,
            Superseded = cleaned.Superseded,
            NonFinite = cleaned.NonFinite,
            WithoutBatch = cleaned.Kept.Count - kept.Count,
        };
    }

    /// <summary>The same series without the points at some indices, given in increasing order.</summary>
    public ClaimedSeries Without(IReadOnlyList<int> indices)
    {
        if (indices.Count == 0)
        {
            return this;
        }

        var dropped = indices.ToHashSet();
        var kept = Enumerable.Range(0, Count).Where(i => !dropped.Contains(i)).ToArray();
        return new()
        {
            Steps = [.. kept.Select(i => Steps[i])],
            Loss = [.. kept.Select(i => Loss[i])],
            Segments = [.. kept.Select(i => Segments[i])],
            Predictors =
            [
                .. kept.SelectMany(i => new ArraySegment<double>(
                    Predictors,
                    i * StepPredictors.Count,
                    StepPredictors.Count
                )),
            ],
            Tokens = Tokens is null ? null : [.. kept.Select(i => Tokens[i])],
            Superseded = Superseded,
            NonFinite = NonFinite,
            WithoutBatch = WithoutBatch,
        };
    }
}
