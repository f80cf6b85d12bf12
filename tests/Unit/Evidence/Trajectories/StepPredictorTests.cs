using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class StepPredictorTests
{
    [Fact]
    public void Sums_all_micro_batches_and_divides_by_the_bytes()
    {
        RecordFeatures first = default;
        RecordFeatures second = default;
        for (var i = 0; i < RecordFeatures.Count; i++)
        {
            first[i] = 10 + i;
            second[i] = 30 + i;
        }

        var predictors = new double[StepPredictors.Count];
        Assert.True(
            StepPredictors.TryCompute([new([0]), new([1, 1])], record => record == 0 ? first : second, predictors)
        );
        const double Bytes = 10 + 30 + 30;
        Assert.Equal((11 + 31 + 31) / 100.0 / Bytes, predictors[0]);
        Assert.Equal((13 + 33 + 33) / 100.0 / Bytes, predictors[2]);
        Assert.Equal((14 + 34 + 34) / Bytes, predictors[3]);
        Assert.Equal((22 + 42 + 42) / Bytes, predictors[11]);
    }

    [Fact]
    public void Refuses_an_empty_batch_and_an_unknown_record()
    {
        var predictors = new double[StepPredictors.Count];
        Assert.False(StepPredictors.TryCompute([], _ => default(RecordFeatures), predictors));
        Assert.False(StepPredictors.TryCompute([new([])], _ => default(RecordFeatures), predictors));
        Assert.False(StepPredictors.TryCompute([new([3])], _ => null, predictors));
    }
}
