namespace Lace.Evidence.Trajectories;

/// <summary>Removes the slow trend of training: the residual of a local straight line with tricube weights.</summary>
/// <remarks>The same linear operator is applied to the loss and to the predictors. Source: <c>docs/trajectory.md</c> §3, step 4.</remarks>
internal static class Detrending
{
    /// <summary>Points on each side of the one whose trend is estimated.</summary>
    public const int HalfWindow = 8;

    /// <summary>Shorter segments have no step-to-step residual; theirs is 0.</summary>
    private const int ShortestSegment = 4;

    /// <summary>Detrends rows of <paramref name="width"/> numbers inside each run of equal segment numbers.</summary>
    public static double[] Residuals(ReadOnlySpan<double> rows, int width, ReadOnlySpan<int> segments)
    {
        var residuals = new double[rows.Length];
        for (var start = 0; start < segments.Length; )
        {
            var end = start + 1;
            while (end < segments.Length && segments[end] == segments[start])
            {
                end++;
            }

            if (end - start >= ShortestSegment)
            {
                var range = (start * width)..(end * width);
                DetrendSegment(rows[range], width, residuals.AsSpan(range));
            }

            start = end;
        }

        return residuals;
    }

    private static void DetrendSegment(ReadOnlySpan<double> rows, int width, Span<double> residuals)
    {
        var count = rows.Length / width;
        Span<double> weights = stackalloc double[(2 * HalfWindow) + 1];
        Span<double> trend = stackalloc double[width];
        for (var i = 0; i < count; i++)
        {
            var from = Math.Max(0, i - HalfWindow);
            var to = Math.Min(count, i + HalfWindow + 1);
            LineWeights(from - i, weights[..(to - from)]);
            trend.Clear();
            for (var j = from; j < to; j++)
            {
                var weight = weights[j - from];
                for (var c = 0; c < width; c++)
                {
                    trend[c] += weight * rows[(j * width) + c];
                }
            }

            for (var c = 0; c < width; c++)
            {
                residuals[(i * width) + c] = rows[(i * width) + c] - trend[c];
            }
        }
    }

    /// <summary>Weights whose sum with the window's values is the fitted line at distance 0.</summary>
    private static void LineWeights(int first, Span<double> weights)
    {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            double u = first + i;
            var weight = Tricube(u);
            s0 += weight;
            s1 += weight * u;
            s2 += weight * u * u;
        }

        for (var i = 0; i < weights.Length; i++)
        {
            double u = first + i;
            weights[i] = Tricube(u) * (s2 - (s1 * u)) / ((s0 * s2) - (s1 * s1));
        }
    }

    private static double Tricube(double u)
    {
        var r = Math.Abs(u) / (HalfWindow + 1.0);
        var v = 1 - (r * r * r);
        return v * v * v;
    }
}
