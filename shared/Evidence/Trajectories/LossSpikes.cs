namespace Lace.Evidence.Trajectories;

/// <summary>Isolated loss explosions: points far from the running median (a Hampel filter).</summary>
internal static class LossSpikes
{
    private const double Limit = 10;

    /// <summary>Indices of the spikes; none if there are so many that they are no exception.</summary>
    public static IReadOnlyList<int> Find(ReadOnlySpan<double> loss, int skip)
    {
        if (loss.Length <= skip)
        {
            return [];
        }

        var deviation = DistanceFromRunningMedian(loss);
        var limit = Limit * OrderStatistics.ScaledDeviation(deviation.AsSpan(skip), 0);
        if (!(limit > 0))
        {
            return [];
        }

        var spikes = new List<int>();
        for (var i = skip; i < loss.Length; i++)
        {
            if (deviation[i] > limit)
            {
                spikes.Add(i);
            }
        }

        return spikes.Count <= Math.Max(2, loss.Length / 50) ? spikes : [];
    }

    private static double[] DistanceFromRunningMedian(ReadOnlySpan<double> loss)
    {
        var distance = new double[loss.Length];
        Span<double> window = stackalloc double[(2 * Detrending.HalfWindow) + 1];
        for (var i = 0; i < loss.Length; i++)
        {
            var from = Math.Max(0, i - Detrending.HalfWindow);
            var to = Math.Min(loss.Length, i + Detrending.HalfWindow + 1);
            loss[from..to].CopyTo(window);
            distance[i] = Math.Abs(loss[i] - OrderStatistics.MedianInPlace(window[..(to - from)]));
        }

        return distance;
    }
}
