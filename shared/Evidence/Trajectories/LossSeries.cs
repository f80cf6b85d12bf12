namespace Lace.Evidence.Trajectories;

/// <summary>The points of a loss log that count, after resumes and losses that are not finite.</summary>
/// <remarks>
/// A resume is a step number that does not increase: what was logged before with that step or a later one is superseded.
/// Nothing is removed from the log itself. Source: <c>docs/trajectory.md</c> §3, step 2.
/// </remarks>
public sealed record LossSeries
{
    private LossSeries() { }

    /// <summary>Indices into the given points, in order; their step numbers strictly increase.</summary>
    public required IReadOnlyList<int> Kept { get; init; }

    /// <summary>Segment of each kept point: a new number after every resume and at every known epoch start.</summary>
    public required IReadOnlyList<int> Segments { get; init; }

    /// <summary>Points that a resume made void.</summary>
    public required int Superseded { get; init; }

    /// <summary>Points left out because their loss is not finite.</summary>
    public required int NonFinite { get; init; }

    /// <summary>How often the step number went back or stood still.</summary>
    public required int Resumes { get; init; }

    /// <summary>Applies the cleaning rules to points in the order in which they were captured.</summary>
    public static LossSeries Clean(IReadOnlyList<LossPoint> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        var kept = new List<int>(points.Count);
        var processes = new List<int>(points.Count);
        var superseded = 0;
        var resumes = 0;
        for (var i = 0; i < points.Count; i++)
        {
            var step = points[i].Step;
            var resumed = false;
            while (kept.Count > 0 && points[kept[^1]].Step >= step)
            {
                kept.RemoveAt(kept.Count - 1);
                processes.RemoveAt(processes.Count - 1);
                superseded++;
                resumed = true;
            }

            resumes += resumed ? 1 : 0;
            kept.Add(i);
            processes.Add(resumes);
        }

        return Segmented(points, kept, processes) with
        {
            Superseded = superseded,
            Resumes = resumes,
        };
    }

    private static LossSeries Segmented(IReadOnlyList<LossPoint> points, List<int> candidates, List<int> processes)
    {
        var kept = new List<int>(candidates.Count);
        var segments = new List<int>(candidates.Count);
        var segment = 0;
        int? epoch = null;
        for (var i = 0; i < candidates.Count; i++)
        {
            var point = points[candidates[i]];
            var pointEpoch = point.Batch is { Count: > 0 } ? point.Batch[0].Epoch : null;
            var newProcess = i > 0 && processes[i] != processes[i - 1];
            var newEpoch = pointEpoch is not null && epoch is not null && pointEpoch != epoch;
            segment += newProcess || newEpoch ? 1 : 0;
            epoch = pointEpoch ?? epoch;
            if (double.IsFinite(point.Loss))
            {
                kept.Add(candidates[i]);
                segments.Add(segment);
            }
        }

        return new()
        {
            Kept = kept,
            Segments = segments,
            Superseded = 0,
            NonFinite = candidates.Count - kept.Count,
            Resumes = 0,
        };
    }
}
