namespace Lace.Evidence.Trajectories;

/// <summary>The null of the test: the claimed batches in a rotated order, refitted for each rotation.</summary>
/// <remarks>Source: <c>docs/trajectory.md</c> §3, steps 7 and 8.</remarks>
internal static class ShiftNull
{
    private const int MostShifts = 499;
    private const int AutocorrelationLags = 10;
    private const double Normal95 = 1.959964;

    // True runs of the study: atanh(score) about N(1.10, 0.35²).
    private const double TrueMean = 1.10;
    private const double TrueDeviation = 0.35;

    public static TrajectoryStatistic Compare(double[] observed, double[] predicted, Func<int, double> correlationAt)
    {
        var score = Moments.Correlation(predicted, observed);
        var effective = EffectivePoints(observed, predicted);
        var shifts = Shifts(observed.Length);
        var rotated = Array.ConvertAll(shifts, shift => correlationAt(shift));
        var z = Math.Atanh(Math.Clamp(score, -0.999999, 0.999999));
        var standardError = 1 / Math.Sqrt(Math.Max(effective - 3, 1));
        var nullFisher = Array.ConvertAll(rotated, r => Math.Atanh(Math.Clamp(r, -0.999, 0.999)));
        var nullDeviation = Math.Max(Moments.StandardDeviation(nullFisher), standardError);
        return new()
        {
            EffectivePoints = effective,
            Score = score,
            TailProbability = NormalTail.Above(z / nullDeviation),
            ShiftProbability = (1.0 + rotated.Count(r => r >= score)) / (1 + shifts.Length),
            Shifts = shifts.Length,
            IntervalLow = Math.Tanh(z - (Normal95 * standardError)),
            IntervalHigh = Math.Tanh(z + (Normal95 * standardError)),
            NullMean = Moments.Mean(rotated),
            NullStandardDeviation = Moments.StandardDeviation(rotated),
            Log10LikelihoodRatio = LikelihoodRatio(z, standardError, nullDeviation) / Math.Log(10),
            ImplausiblyGood = score > 0.97 && observed.Length >= TrajectoryTest.FewestForFit,
        };
    }

    /// <summary>Up to 499 evenly spaced rotations, none closer than twice the trend's half window to no rotation.</summary>
    internal static int[] Shifts(int points)
    {
        var least = Math.Min(2 * Detrending.HalfWindow, points / 4);
        var most = points - least;
        var count = Math.Min(MostShifts, most - least + 1);
        var step = (double)(most - least) / (count - 1);
        var shifts = new SortedSet<int>();
        for (var i = 0; i < count - 1; i++)
        {
            shifts.Add((int)((i * step) + least));
        }

        shifts.Add(most);
        return [.. shifts];
    }

    private static double EffectivePoints(double[] observed, double[] predicted)
    {
        var a = Moments.Autocorrelation(observed, AutocorrelationLags);
        var b = Moments.Autocorrelation(predicted, AutocorrelationLags);
        double points = observed.Length;
        var sum = 0.0;
        for (var lag = 1; lag <= AutocorrelationLags; lag++)
        {
            sum += a[lag - 1] * b[lag - 1] * (1 - (lag / points));
        }

        return Math.Max(4, Math.Min(points, points / Math.Max(1 + (2 * sum), 1e-3)));
    }

    /// <summary>Natural logarithm; a score above the mean of true runs never counts for less than the mean.</summary>
    private static double LikelihoodRatio(double z, double standardError, double nullDeviation)
    {
        var trueVariance = (TrueDeviation * TrueDeviation) + (standardError * standardError);
        var nullVariance = nullDeviation * nullDeviation;
        var ratio = LogDensity(z, TrueMean, trueVariance) - LogDensity(z, 0, nullVariance);
        return z <= TrueMean
            ? ratio
            : Math.Max(ratio, LogDensity(TrueMean, TrueMean, trueVariance) - LogDensity(TrueMean, 0, nullVariance));
    }

    private static double LogDensity(double z, double mean, double variance) =>
        (-0.5 * (z - mean) * (z - mean) / variance) - (0.5 * Math.Log(variance));
}
