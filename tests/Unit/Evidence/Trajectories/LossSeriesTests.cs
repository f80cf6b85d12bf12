using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class LossSeriesTests
{
    [Fact]
    public void A_resume_voids_what_it_repeats_and_starts_a_segment()
    {
        var series = LossSeries.Clean(Points(0, 1, 2, 3, 4, 2, 3, 4, 5));
        Assert.Equal([0, 1, 5, 6, 7, 8], series.Kept);
        Assert.Equal([0, 0, 1, 1, 1, 1], series.Segments);
        Assert.Equal((3, 1), (series.Superseded, series.Resumes));
    }

    [Fact]
    public void A_resume_of_a_resume_voids_both()
    {
        var series = LossSeries.Clean(Points(0, 1, 2, 1, 2, 0, 1));
        Assert.Equal([5, 6], series.Kept);
        Assert.Equal((5, 2), (series.Superseded, series.Resumes));
    }

    [Fact]
    public void A_gap_in_the_step_numbers_is_no_resume()
    {
        var series = LossSeries.Clean(Points(10, 20, 30, 100));
        Assert.Equal(4, series.Kept.Count);
        Assert.Equal(0, series.Resumes);
    }

    [Fact]
    public void An_epoch_starts_a_segment_and_an_unknown_epoch_does_not()
    {
        int?[] epochs = [0, 0, null, 0, 1, 1, null, 2];
        var points = epochs.Select((epoch, i) => new LossPoint(i, 1, [new([0], epoch)])).ToArray();
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 2], LossSeries.Clean(points).Segments);
    }

    [Fact]
    public void Losses_that_are_not_finite_are_counted_and_do_not_end_a_segment()
    {
        var points = Points(0, 1, 2, 3);
        points[1] = points[1] with { Loss = double.NaN };
        var series = LossSeries.Clean(points);
        Assert.Equal([0, 2, 3], series.Kept);
        Assert.Equal([0, 0, 0], series.Segments);
        Assert.Equal(1, series.NonFinite);
    }

    [Fact]
    public void Steps_strictly_increase_whatever_was_logged()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var points = Points([.. Enumerable.Range(0, random.Next(60)).Select(_ => (long)random.Next(20))]);
            var series = LossSeries.Clean(points);
            var steps = series.Kept.Select(i => points[i].Step).ToArray();
            Assert.Equal(steps.Distinct().Order(), steps);
            Assert.Equal(points.Length, series.Kept.Count + series.Superseded + series.NonFinite);
        }
    }

    private static LossPoint[] Points(params long[] steps) => [.. steps.Select(step => new LossPoint(step, 1))];
}
