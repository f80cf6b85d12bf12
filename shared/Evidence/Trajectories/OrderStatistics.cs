namespace Lace.Evidence.Trajectories;

/// <summary>Medians and quantiles of finite numbers.</summary>
internal static class OrderStatistics
{
    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    public static double Median(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        return MedianInPlace(sorted);
    }

    /// <summary>As <see cref="Median"/>; sorts <paramref name="values"/>.</summary>
    public static double MedianInPlace(Span<double> values)
    {
        values.Sort();
        var middle = values.Length / 2;
        // Halved before the sum: two losses near the largest double must not overflow.
        return values.Length % 2 == 1 ? values[middle] : (0.5 * values[middle - 1]) + (0.5 * values[middle]);
    }

    /// <summary>Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan).</summary>
    public static double Quantile(ReadOnlySpan<double> values, double q)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }

    /// <summary>The median of the absolute distances from a centre, scaled to the standard deviation of a normal law.</summary>
    public static double ScaledDeviation(ReadOnlySpan<double> values, double centre)
    {
        var distances = new double[values.Length];
        for (var i = 0; i < distances.Length; i++)
        {
            distances[i] = Math.Abs(values[i] - centre);
        }

        return 1.4826 * MedianInPlace(distances);
    }
}
