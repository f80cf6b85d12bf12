using Lace.Evidence.Datasets;

namespace Lace.Tests.Evidence.Datasets;

public sealed class PlanPredictionTests
{
    [Fact]
    public void Spread_over_batches_is_what_random_batches_have()
    {
        var random = new Random(3);
        var records = Enumerable
            .Range(0, 4000)
            .Select(_ =>
            {
                var bytes = random.Next(200, 1200);
                return Features(bytes, bytes * (1.5 + random.NextDouble()));
            })
            .ToArray();

        var prediction = PlanPrediction.From(new TrainingPlan(2, 16), MomentsOf(records));

        Assert.Equal(500, prediction.Steps);
        Assert.Equal(475, prediction.UsablePoints);
        Assert.True(prediction.SupportsNegativeVerdict);
        Assert.Null(prediction.FirstSteps);
        var batches = Enumerable
            .Range(0, 20_000)
            .Select(_ => Enumerable.Range(0, 16).Select(_ => records[random.Next(records.Length)]).ToArray())
            .ToArray();
        AssertSpread(batches.Select(batch => (double)batch.Sum(r => r[0])), prediction.BytesPerBatch);
        AssertSpread(
            batches.Select(batch => batch.Sum(r => r[2]) / 100.0 / batch.Sum(r => r[0])),
            prediction.NatsPerByte[1]
        );
    }

    [Fact]
    public void Moments_of_chunks_add_up_to_those_of_the_whole()
    {
        var random = new Random(4);
        var records = Enumerable.Range(0, 100).Select(_ => Features(random.Next(50), random.Next(50))).ToArray();
        var whole = MomentsOf(records);
        var sum = records.Chunk(30).Select(MomentsOf).Aggregate(FeatureMoments.None, (a, b) => a + b);
        Assert.Equal(whole.Records, sum.Records);
        Assert.Equal(whole.BytesSquared, sum.BytesSquared, 1e-6);
        Assert.Equal(whole.BytesNats[1], sum.BytesNats[1], 1e-6);
        Assert.Equal(whole.NatsSquared[2], sum.NatsSquared[2], 1e-6);
    }

    [Fact]
    public void A_sequential_plan_shows_its_first_steps()
    {
        var records = Enumerable.Range(1, 10).Select(i => Features(100, 100 * i)).ToArray();
        var prediction = PlanPrediction.From(new TrainingPlan(1, 4, PlanOrder.Sequential), MomentsOf(records), records);
        Assert.Equal(3, prediction.Steps);
        Assert.Equal([2.5, 6.5, 9.5], prediction.FirstSteps!);
    }

    [Fact]
    public void A_short_run_cannot_speak_against_itself()
    {
        var prediction = PlanPrediction.From(
            new TrainingPlan(1, 8),
            MomentsOf([.. Enumerable.Range(0, 1600).Select(_ => Features(10, 20))])
        );
        Assert.Equal(180, prediction.UsablePoints);
        Assert.False(prediction.SupportsNegativeVerdict);
    }

    [Fact]
    public void One_batch_of_everything_has_no_spread()
    {
        var prediction = PlanPrediction.From(
            new TrainingPlan(1, 100),
            MomentsOf([Features(1, 2), Features(30, 2), Features(0, 0)])
        );
        Assert.Equal(1, prediction.Steps);
        Assert.Equal(new Spread(31, 0), prediction.BytesPerBatch);
        Assert.Equal(0, prediction.NatsPerByte[0].Sd);
    }

    private static void AssertSpread(IEnumerable<double> values, Spread predicted)
    {
        var all = values.ToArray();
        var mean = all.Average();
        var sd = Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
        Assert.Equal(mean, predicted.Mean, 0.02 * mean);
        Assert.Equal(sd, predicted.Sd, 0.05 * sd);
    }

    private static FeatureMoments MomentsOf(RecordFeatures[] records)
    {
        var sum = new FeatureMoments.Sum();
        foreach (var record in records)
        {
            sum.Add(record);
        }

        return sum.ToMoments();
    }

    private static RecordFeatures Features(long bytes, double nats)
    {
        var features = default(RecordFeatures);
        features[0] = bytes;
        features[1] = features[2] = features[3] = (long)(100 * nats);
        return features;
    }
}
