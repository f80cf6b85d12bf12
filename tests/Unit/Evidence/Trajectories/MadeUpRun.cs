using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>A made-up run whose losses follow its batches: a falling curve, the batch's difficulty, and a little noise.</summary>
internal sealed class MadeUpRun
{
    private const int BatchSize = 4;

    public MadeUpRun(int steps, int seed = 1, double noise = 0.05)
    {
        var random = new Random(seed);
        Records = new RecordFeatures[steps * BatchSize];
        foreach (ref var record in Records.AsSpan())
        {
            record[0] = random.Next(100, 300);
            for (var i = 1; i < RecordFeatures.Count; i++)
            {
                record[i] = i <= 3 ? (long)(record[0] * (1 + random.NextDouble()) * 100) : random.Next(100);
            }
        }

        var predictors = new double[StepPredictors.Count];
        Points = new LossPoint[steps];
        for (var step = 0; step < steps; step++)
        {
            MicroBatch[] batch = [new([.. Enumerable.Range(step * BatchSize, BatchSize)])];
            Assert.True(StepPredictors.TryCompute(batch, FeaturesOf, predictors));
            var difficulty = predictors[0] + predictors[1];
            Points[step] = new(
                step,
                (3 / Math.Sqrt(1 + (step / 50.0))) + difficulty + (noise * (random.NextDouble() - 0.5)),
                batch
            );
        }
    }

    public RecordFeatures[] Records { get; }

    public LossPoint[] Points { get; }

    public RecordFeatures? FeaturesOf(int record) => record >= 0 && record < Records.Length ? Records[record] : null;

    public TrajectoryScore Score() => Score(Points);

    public TrajectoryScore Score(IReadOnlyList<LossPoint> points) => TrajectoryTest.Run(points, FeaturesOf);

    public TrajectoryVerdict Verdict(IReadOnlyList<LossPoint> points, bool orderBound = true)
    {
        var score = Score(points);
        return TrajectoryVerdict.Of(score, Localiser.Locate(score), orderBound);
    }
}
