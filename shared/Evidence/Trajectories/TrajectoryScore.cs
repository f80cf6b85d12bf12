namespace Lace.Evidence.Trajectories;

/// <summary>Outcome of <see cref="TrajectoryTest"/>: what was counted, and the statistic or the reason why there is none.</summary>
public sealed record TrajectoryScore
{
    /// <summary>Points given.</summary>
    public required int Logged { get; init; }

    /// <summary>Points made void by a resume.</summary>
    public required int Superseded { get; init; }

    /// <summary>Points left out because their loss is not finite.</summary>
    public required int NonFinite { get; init; }

    /// <summary>Points left out because their batch is not known or names a record that was not committed.</summary>
    public required int WithoutBatch { get; init; }

    /// <summary>Isolated loss explosions left out.</summary>
    public required int SpikesDropped { get; init; }

    /// <summary>Points left out at the start, where the trend is steepest.</summary>
    public required int WarmUp { get; init; }

    /// <summary>Points that the statistic rests on (n).</summary>
    public required int Usable { get; init; }

    /// <summary>The statistic; null where <see cref="Obstacle"/> says why there can be none.</summary>
    public TrajectoryStatistic? Statistic { get; init; }

    /// <summary>Why no number can be given.</summary>
    public TrajectoryObstacle Obstacle { get; init; }

    /// <summary>Step number of each usable point; strictly increasing.</summary>
    public IReadOnlyList<long> Steps { get; init; } = [];

    /// <summary>Loss less its slow trend at each usable point, in nats a token; empty without a statistic.</summary>
    public IReadOnlyList<double> Observed { get; init; } = [];

    /// <summary>
    /// The same as predicted from the committed records, out of fold; below 100 points the order-2 difficulty brought to the spread of
    /// the loss. Empty without a statistic.
    /// </summary>
    public IReadOnlyList<double> Predicted { get; init; } = [];
}

/// <summary>The batch-difficulty correlation with its null and error bounds (<c>docs/trajectory.md</c> §3).</summary>
public sealed record TrajectoryStatistic
{
    /// <summary>Points minus the information lost to autocorrelation.</summary>
    public required double EffectivePoints { get; init; }

    /// <summary>Correlation of observed and predicted step-to-step loss, −1 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>Probability of such a score under the null, by the normal tail.</summary>
    public required double TailProbability { get; init; }

    /// <summary>Share of rotations of the claimed order that score as well, with the claim itself counted.</summary>
    public required double ShiftProbability { get; init; }

    /// <summary>Rotations tried.</summary>
    public required int Shifts { get; init; }

    /// <summary>Lower end of the interval of the score (Fisher z, nominal 95 %, about 90 % measured).</summary>
    public required double IntervalLow { get; init; }

    /// <summary>Upper end of the interval.</summary>
    public required double IntervalHigh { get; init; }

    public required double NullMean { get; init; }

    public required double NullStandardDeviation { get; init; }

    /// <summary>log10 of the likelihood ratio of a true claim, as measured on small models, to the null.</summary>
    public required double Log10LikelihoodRatio { get; init; }

    /// <summary>Share of the variance of the step-to-step loss that the claim explains.</summary>
    public double Explained => Math.Max(0, Score) * Math.Max(0, Score);

    /// <summary>A finding needs a tail probability below this.</summary>
    public const double FindingBelow = 1e-6;

    /// <summary>Tail probability under 1e-6, and no rotation reaches the score.</summary>
    public bool Significant => TailProbability < FindingBelow && ShiftProbability <= (1.0 / (1 + Shifts)) + 1e-12;

    /// <summary>Size of the effect; not an error rate.</summary>
    public TrajectoryGrade Grade =>
        !Significant
            ? TailProbability < 1e-3
                ? TrajectoryGrade.Weak
                : TrajectoryGrade.None
            : Score switch
            {
                >= 0.80 => TrajectoryGrade.Strong,
                >= 0.65 => TrajectoryGrade.Clear,
                >= 0.50 => TrajectoryGrade.Preponderance,
                _ => TrajectoryGrade.Weak,
            };

    /// <summary>A fit better than any honest run of the study (0.93) had.</summary>
    public required bool ImplausiblyGood { get; init; }
}

/// <summary>Why a loss series carries no statistic.</summary>
public enum TrajectoryObstacle
{
    None,

    /// <summary>Fewer than 40 usable points.</summary>
    TooFewPoints,

    /// <summary>No point comes with committed records.</summary>
    NoBatches,

    /// <summary>The loss does not vary from step to step.</summary>
    SmoothLoss,

    /// <summary>All batches are equally difficult by the predictors.</summary>
    EqualBatches,

    /// <summary>The losses are so large that double precision cannot hold their differences.</summary>
    OutOfRange,
}

/// <summary>Effect size of the correlation.</summary>
public enum TrajectoryGrade
{
    None,
    Weak,
    Preponderance,
    Clear,
    Strong,
}
