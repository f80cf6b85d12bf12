using Lace.Evidence.Datasets;

namespace Lace.Evidence.Trajectories;

/// <summary>Asks whether logged losses were computed on the claimed batches, in the claimed order.</summary>
/// <remarks>
/// Deterministic: no random numbers, no clock, one order of summation. Every constant is part of the method
/// <see cref="Method"/>; there are no options, because a statistic that can be tuned per run has no error rate.
/// Source: <c>docs/trajectory.md</c>.
/// </remarks>
public static class TrajectoryTest
{
    /// <summary>Name of the method with all its constants.</summary>
    public const string Method = "lace-trajectory/1";

    /// <summary>Fewer usable points give no statistic.</summary>
    public const int FewestPoints = 40;

    /// <summary>Fewer usable points use order-2 nats alone, without a fit.</summary>
    public const int FewestForFit = 100;

    private const double WinsorLimit = 5;

    // Leaves room to the end of the doubles for everything that is computed from a loss.
    private const double LargestLoss = 1e300;

    /// <summary>Computes the statistic.</summary>
    /// <param name="points">The loss log, in the order of capture.</param>
    /// <param name="featuresOf">Committed features of a record index; null where the commitment holds no such record.</param>
    public static TrajectoryScore Run(IReadOnlyList<LossPoint> points, Func<int, RecordFeatures?> featuresOf)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(featuresOf);
        var claim = ClaimedSeries.From(points, LossSeries.Clean(points), featuresOf);
        var skip = Math.Min(Math.Max(20, claim.Count / 20), claim.Count / 4);
        var spikes = LossSpikes.Find(claim.Loss, skip);
        var series = claim.Without(spikes);
        var score = new TrajectoryScore
        {
            Logged = points.Count,
            Superseded = claim.Superseded,
            NonFinite = claim.NonFinite,
            WithoutBatch = claim.WithoutBatch,
            SpikesDropped = spikes.Count,
            WarmUp = Math.Min(skip, series.Count),
            Usable = Math.Max(0, series.Count - skip),
            Steps = series.Steps[Math.Min(skip, series.Count)..],
        };
        if (score.Usable < FewestPoints)
        {
            var nothingClaimed = claim.Count == 0 && claim.WithoutBatch > 0;
            return score with
            {
                Obstacle = nothingClaimed ? TrajectoryObstacle.NoBatches : TrajectoryObstacle.TooFewPoints,
            };
        }

        return Correlate(score, series, skip);
    }

    private static TrajectoryScore Correlate(TrajectoryScore score, ClaimedSeries series, int skip)
    {
        var observed = Detrending.Residuals(series.Loss, 1, series.Segments)[skip..];
        if (!Array.TrueForAll(observed, value => Math.Abs(value) < LargestLoss))
        {
            return score with { Obstacle = TrajectoryObstacle.OutOfRange };
        }

        var median = OrderStatistics.Median(observed);
        var deviation = OrderStatistics.ScaledDeviation(observed, median);
        if (!(deviation > 1e-7 * Math.Max(1e-3, Math.Abs(OrderStatistics.Median(series.Loss)))))
        {
            return score with { Obstacle = TrajectoryObstacle.SmoothLoss };
        }

        // A power of two changes no digit, and keeps sums of squares in range for losses of any size.
        var exponent = Math.ILogB(deviation);
        for (var i = 0; i < observed.Length; i++)
        {
            var limit = WinsorLimit * deviation;
            observed[i] = Math.ScaleB(Math.Clamp(observed[i], median - limit, median + limit), -exponent);
        }

        var predictors = PredictorColumns(series, skip, observed);
        if (predictors.Count == 0)
        {
            return score with { Obstacle = TrajectoryObstacle.EqualBatches };
        }

        var (predicted, correlationAt) = Fit(predictors, observed);
        return score with
        {
            Statistic = ShiftNull.Compare(observed, predicted, correlationAt),
            Observed = Array.ConvertAll(observed, value => Math.ScaleB(value, exponent)),
            Predicted = Array.ConvertAll(predicted, value => Math.ScaleB(value, exponent)),
        };
    }

    /// <summary>The detrended predictors that vary; takes the batch length out of them and of the loss.</summary>
    private static List<double[]> PredictorColumns(ClaimedSeries series, int skip, double[] observed)
    {
        var residuals = Detrending.Residuals(series.Predictors, StepPredictors.Count, series.Segments);
        var lengths = series.Tokens is null ? null : TokenLengths.From(series.Tokens, series.Segments, skip);
        lengths?.RemoveFrom(observed);
        var columns = new List<double[]>();
        for (var c = 0; c < StepPredictors.Count; c++)
        {
            if (observed.Length < FewestForFit && c != StepPredictors.Order2)
            {
                continue;
            }

            var column = new double[observed.Length];
            for (var i = 0; i < column.Length; i++)
            {
                column[i] = residuals[((i + skip) * StepPredictors.Count) + c];
            }

            lengths?.RemoveFrom(column);
            if (Moments.StandardDeviation(column) > 1e-9)
            {
                columns.Add(column);
            }
        }

        return columns;
    }

    private static (double[] Predicted, Func<int, double> CorrelationAt) Fit(
        List<double[]> predictors,
        double[] observed
    )
    {
        if (predictors.Count > 1)
        {
            var ridge = new RidgePrediction(predictors, observed);
            return (ridge.Predict(), ridge.CorrelationAt);
        }

        // Brought to the spread of the loss, so that both can be drawn on one axis; the correlation does not see it.
        var mean = Moments.Mean(predictors[0]);
        var scale = Moments.StandardDeviation(observed) / Moments.StandardDeviation(predictors[0]);
        var only = Array.ConvertAll(predictors[0], value => (value - mean) * scale);
        return (only, shift => Moments.Correlation(Rotated(only, shift), observed));
    }

    private static double[] Rotated(double[] values, int shift) => [.. values[^shift..], .. values[..^shift]];
}
