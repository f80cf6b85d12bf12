using Lace.Privacy;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>Each record enters each batch with probability q, independently. Thresholds are those of false alarms below one in a million.</summary>
public sealed class PoissonSamplerTests
{
    private const double FiveSigma = 5;

    [Theory]
    [InlineData(40, 0.3, 20_000)]
    [InlineData(500, 0.02, 20_000)]
    [InlineData(2_000, 0.0005, 20_000)]
    [InlineData(7, 0.9, 20_000)]
    public void Inclusions_are_binomial_for_each_record_and_for_each_batch(int records, double rate, int steps)
    {
        using var sampler = Sampler(records, rate);
        var ofRecord = new long[records];
        var (sum, squares) = (0.0, 0.0);
        for (var step = 0; step < steps; step++)
        {
            var batch = sampler.Batch(step);
            foreach (var record in batch)
            {
                ofRecord[record]++;
            }

            sum += batch.Length;
            squares += (double)batch.Length * batch.Length;
        }

        // Pearson's statistic over records: its mean is their number, its variance about twice that.
        var (mean, variance) = (steps * rate, steps * rate * (1 - rate));
        var statistic = ofRecord.Sum(count => Math.Pow(count - mean, 2) / variance);
        var spread = Math.Sqrt((2 * records) + (records / variance));
        Assert.InRange(statistic, records - (FiveSigma * spread), records + (6 * spread));

        // Batch sizes: mean q·N, variance q·(1 − q)·N, as of independent records.
        var (expected, ofSize) = (records * rate, records * rate * (1 - rate));
        var average = sum / steps;
        Assert.InRange((average - expected) / Math.Sqrt(ofSize / steps), -FiveSigma, FiveSigma);
        var measured = (squares / steps) - (average * average);
        var ofVariance = Math.Sqrt(((2 * ofSize * ofSize) + ofSize) / steps);
        Assert.InRange((measured - ofSize) / ofVariance, -FiveSigma, FiveSigma);
    }

    [Theory]
    [InlineData(60, 0.25, 20_000)]
    [InlineData(60, 0.04, 20_000)]
    public void No_record_depends_on_another_nor_on_the_step_before(int records, double rate, int steps)
    {
        using var sampler = Sampler(records, rate);
        var together = new int[records, records];
        var again = new int[records, records];
        var before = Array.Empty<int>();
        for (var step = 0; step < steps; step++)
        {
            var batch = sampler.Batch(step);
            foreach (var a in batch)
            {
                foreach (var b in batch)
                {
                    together[a, b] += a < b ? 1 : 0;
                }

                foreach (var b in before)
                {
                    again[a, b]++;
                }
            }

            before = batch;
        }

        // Both enter with q², whatever the pair: also neighbours, which share a gap, and a record with itself a step later.
        var (mean, deviation) = (steps * rate * rate, Math.Sqrt(steps * rate * rate * (1 - (rate * rate))));
        for (var a = 0; a < records; a++)
        {
            for (var b = 0; b < records; b++)
            {
                if (a < b)
                {
                    Assert.InRange((together[a, b] - mean) / deviation, -6.5, 6.5);
                }

                Assert.InRange((again[a, b] - mean) / deviation, -6.5, 6.5);
            }
        }
    }

    [Fact]
    public void Gaps_between_records_are_geometric()
    {
        const double rate = 0.05;
        using var sampler = Sampler(2_000_000, rate);
        var batch = sampler.Batch(3);
        var gaps = new long[60];
        for (var i = 1; i < batch.Length; i++)
        {
            gaps[Math.Min(batch[i] - batch[i - 1] - 1, gaps.Length - 1)]++;
        }

        var drawn = batch.Length - 1;
        for (var gap = 0; gap < gaps.Length; gap++)
        {
            var probability = gap < gaps.Length - 1 ? rate * Math.Pow(1 - rate, gap) : Math.Pow(1 - rate, gap);
            var deviation = Math.Sqrt(drawn * probability * (1 - probability));
            Assert.InRange((gaps[gap] - (drawn * probability)) / deviation, -FiveSigma, FiveSigma);
        }
    }

    [Fact]
    public void A_position_has_one_batch_under_a_key_and_another_under_another()
    {
        using var key = NoiseKey.Generate();
        using var same = NoiseKey.FromBytes(key.Bytes);
        using var other = NoiseKey.Generate();
        using var first = Sampler(1_000, 0.1, key);
        using var second = Sampler(1_000, 0.1, same);
        using var third = Sampler(1_000, 0.1, other);
        var late = second.Batch(41);
        Assert.Equal(first.Batch(7), second.Batch(7));
        Assert.Equal(first.Batch(41), late);
        Assert.NotEqual(first.Batch(7), first.Batch(8));
        Assert.NotEqual(first.Batch(7), third.Batch(7));
        Assert.Equal(key.Id, same.Id);
        Assert.NotEqual(key.Id, other.Id);
    }

    [Fact]
    public void Batches_are_empty_and_whole_where_the_rate_says_so()
    {
        using var rare = Sampler(10, 1e-12);
        Assert.All(Enumerable.Range(0, 1000), step => Assert.Empty(rare.Batch(step)));
        using var all = Sampler(1000, 1);
        Assert.Equal(Enumerable.Range(0, 1000), all.Batch(5));
    }

    [Fact]
    public void Nothing_is_cut_off_however_many_enter()
    {
        using var sampler = Sampler(64, 0.5);
        var sizes = Enumerable.Range(0, 20_000).Select(step => sampler.Batch(step).Length).ToArray();
        Assert.True(sizes.Max() > 45, $"largest batch {sizes.Max()}"); // 3.25 standard deviations above the mean
        Assert.True(sizes.Min() < 19, $"smallest batch {sizes.Min()}");
    }

    private static PoissonSampler Sampler(int records, double rate, NoiseKey? key = null)
    {
        using var fixedKey = NoiseKey.FromBytes([.. Enumerable.Range(1, NoiseKey.Size).Select(i => (byte)i)]);
        var plan = new TrainingPlan { Sampling = new SamplingPlan(records, rate) };
        return plan.CreateSampler(key ?? fixedKey)!;
    }
}
