namespace Lace.Evidence.Trajectories;

/// <summary>Means, standard deviations and correlations, summed in index order so that every run gives the same bits.</summary>
internal static class Moments
{
    public static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    /// <summary>Standard deviation of the population (divisor n).</summary>
    public static double StandardDeviation(ReadOnlySpan<double> values)
    {
        var mean = Mean(values);
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (value - mean) * (value - mean);
        }

        return Math.Sqrt(sum / values.Length);
    }

    /// <summary>Pearson correlation; 0 where one side does not vary.</summary>
    public static double Correlation(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var meanA = Mean(a);
        var meanB = Mean(b);
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var x = a[i] - meanA;
            var y = b[i] - meanB;
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }

        return Correlation(ab, aa, bb);
    }

    /// <summary>Correlation from centred sums of products.</summary>
    public static double Correlation(double ab, double aa, double bb)
    {
        var norm = Math.Sqrt(aa * bb);
        return norm > 1e-300 ? ab / norm : 0;
    }

    /// <summary>Autocorrelation at lags 1 to <paramref name="lags"/>; zeros where the values do not vary.</summary>
    public static double[] Autocorrelation(ReadOnlySpan<double> values, int lags)
    {
        var mean = Mean(values);
        var centred = new double[values.Length];
        var total = 0.0;
        for (var i = 0; i < centred.Length; i++)
        {
            centred[i] = values[i] - mean;
            total += centred[i] * centred[i];
        }

        var result = new double[lags];
        for (var lag = 1; lag <= lags && total > 0; lag++)
        {
            var sum = 0.0;
            for (var i = lag; i < centred.Length; i++)
            {
                sum += centred[i - lag] * centred[i];
            }

            result[lag - 1] = sum / total;
        }

        return result;
    }
}
