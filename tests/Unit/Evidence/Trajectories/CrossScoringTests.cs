using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>Placeholder for exploration.</summary>
public sealed class CrossScoringTests
{
    [Fact]
    public void Explore()
    {
        var runs = RecordedRuns.All();
        var output = TestContext.Current.TestOutputHelper!;
        foreach (var r in runs)
        {
            var s = RecordedRuns.Score(r);
            var u = Localiser.Locate(s);
            var v = TrajectoryVerdict.Of(s, u, true);
            output.WriteLine($"{r.Id} {r.Kind} {v.Word} {v.Alias} {u.Fraction:0.000} {v.Reason}");
        }
        foreach (var a in runs)
        foreach (var b in runs)
        {
            if (a.Id == b.Id)
                continue;
            var n = Math.Min(a.Points.Count, b.Points.Count);
            var pts = Enumerable.Range(0, n).Select(i => a.Points[i] with { Batch = b.Points[i].Batch }).ToList();
            var s = TrajectoryTest.Run(pts, b.FeaturesOf);
            if (s.Statistic is null)
            {
                output.WriteLine($"{a.Id} {b.Id} {s.Obstacle}");
                continue;
            }
            var sameLoss = a.Points.Take(n).Select(p => p.Loss).SequenceEqual(b.Points.Take(n).Select(p => p.Loss));
            if (s.Statistic.Score > 0.2 || s.Statistic.TailProbability < 1e-2)
                output.WriteLine(
                    $"{a.Id} {a.Kind} x {b.Id} {b.Kind} {s.Statistic.Score:0.000} p {s.Statistic.TailProbability:0.0e+0} n {s.Usable} sameloss {sameLoss}"
                );
        }
    }
}
