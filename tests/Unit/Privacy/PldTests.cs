using Lace.Privacy;
using Lace.Privacy.LossDistributions;
using MathNet.Numerics;

namespace Lace.Tests.Privacy;

public sealed class PldTests(ITestOutputHelper output)
{
    /// <summary>What a bound adds to the exact ε at most: our accuracy, with room for where it is only estimated.</summary>
    private const double Relative = 1e-3;
    private const double Absolute = 1e-4;

    /// <summary>The reference's distance of losses.</summary>
    private const double Grid = 1e-4;

    [Fact]
    public void Without_sampling_is_never_below_the_closed_form_and_next_to_it()
    {
        var rows = ReferenceTable
            .Read("accounting_reference.csv")
            .Where(row => row["accountant"] == "analytic")
            .ToList();
        var ratios = rows.Where(row => row.Number("epsilon") > 0)
            .Select(row => Pld(row) / row.Number("epsilon"))
            .ToList();
        output.WriteLine($"{rows.Count} rows, ours over the closed form {ratios.Min():F9} to {ratios.Max():F6}");
        Assert.Equal(120, rows.Count);
        Assert.InRange(ratios.Min(), 1, 1.001);
        Assert.InRange(ratios.Max(), 1, 1.001);
    }

    [Fact]
    public void Is_never_below_the_closed_form_of_balle_and_wang_elsewhere()
    {
        var random = new Random(20261120);
        var tried = 0;
        for (var i = 0; i < 60; i++)
        {
            var sigma = Math.Exp((random.NextDouble() * 6) - 1);
            var steps = random.NextInt64(1, 3000);
            var delta = Math.Pow(10, -2 - (random.NextDouble() * 20));
            var epsilon = Accountant.Pld.Epsilon(PrivacyHistory.Of(new(1, sigma), steps), delta);

            // Beyond, the formula's e^ε has no double.
            if (epsilon is > 0 and < 600)
            {
                tried++;
                Assert.True(
                    DeltaOf(Math.Sqrt(steps) / sigma, epsilon) <= delta * (1 + 1e-9),
                    $"{sigma} {steps} {delta}"
                );
            }
        }

        Assert.InRange(tried, 20, 60);
    }

    [Fact]
    public void Is_within_a_thousandth_of_the_reference_unless_the_reference_is_looser()
    {
        var rows = Reference().ToList();
        var ratios = new List<double>();
        var looser = 0;
        foreach (var row in rows)
        {
            var (ours, theirs) = (Pld(row), row.Number("epsilon"));
            Assert.True(ours <= (theirs * (1 + Relative)) + Absolute, $"{ours} above {theirs}");
            if (ours < (theirs * (1 - Relative)) - Absolute)
            {
                // Their grid is 1e-4 whatever the losses are; on the same grid we get the same figure. A third of the rows is enough,
                // and below a hundred of its cells the figure is the grid's more than the training's.
                looser++;
                if (looser % 3 != 0 || theirs < 100 * Grid)
                {
                    continue;
                }

                var same = OnTheirGrid(row);
                Assert.InRange(same, (theirs * (1 - Relative)) - (2 * Grid), (theirs * (1 + Relative)) + (2 * Grid));
                Assert.True(ours <= same);
            }
            else if (theirs > 0.1)
            {
                ratios.Add(ours / theirs);
            }
        }

        output.WriteLine(
            $"{rows.Count} rows; {looser} where the reference's grid is looser; else {ratios.Min():F5} to {ratios.Max():F5}"
        );
        Assert.Equal(699, rows.Count);
    }

    [Fact]
    public void A_finer_grid_never_raises_the_bound()
    {
        foreach (var on in Enum.GetValues<Neighbour>())
        {
            var composition = Composition.Plan(
                PrivacyHistory.Of(new(0.01, 0.8), 500).With(new(0.02, 1.5), 200),
                1e-6,
                on
            );
            var bounds = Enumerable.Range(11, 7).Select(log => composition.Epsilon(1 << log)).ToList();
            Assert.Equal(bounds.OrderDescending(), bounds);
        }
    }

    [Fact]
    public void The_directions_differ_and_the_greater_counts()
    {
        var history = PrivacyHistory.Of(new(0.5, 1), 3);
        var both = Enum.GetValues<Neighbour>()
            .Select(on => Composition.Plan(history, 1e-5, on).Epsilon(1 << 14))
            .ToList();
        Assert.NotEqual(both[0], both[1], 3);
        Assert.InRange(Accountant.Pld.Epsilon(history, 1e-5), both.Max() * (1 - Relative), both.Max() * (1 + Relative));
    }

    [Fact]
    public void A_transform_and_back_is_the_length_times_the_input()
    {
        var random = new Random(5);
        foreach (var size in new[] { 1, 2, 4, 8, 64, 1024 })
        {
            var input = Enumerable.Range(0, size).Select(_ => random.NextDouble()).ToArray();
            var (real, imaginary) = ((double[])input.Clone(), new double[size]);
            FastFourierTransform.Forward(real, imaginary);
            Assert.Equal(input.Sum(), real[0], 1e-12 * size);
            FastFourierTransform.Backward(real, imaginary);
            Assert.All(real.Zip(input), pair => Assert.Equal(size * pair.Second, pair.First, 1e-12 * size));
        }
    }

    [Fact]
    public void Spectra_multiply_to_a_convolution()
    {
        var (a, b) = (new double[16], new double[16]);
        (a[1], a[15], b[2], b[3]) = (0.25, 0.75, 0.5, 0.5);
        var (ai, bi) = (new double[16], new double[16]);
        FastFourierTransform.Forward(a, ai);
        FastFourierTransform.Forward(b, bi);
        var real = a.Select((_, k) => ((a[k] * b[k]) - (ai[k] * bi[k])) / 16).ToArray();
        var imaginary = a.Select((_, k) => ((a[k] * bi[k]) + (ai[k] * b[k])) / 16).ToArray();
        FastFourierTransform.Backward(real, imaginary);
        double[] expected = [0, 0.375, 0.375, 0.125, 0.125, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.All(real.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 12));
    }

    private static IEnumerable<ReferenceRow> Reference() =>
        ReferenceTable
            .Read("accounting_reference.csv")
            .Where(row => row["accountant"].StartsWith("PLD", StringComparison.Ordinal));

    private static double Pld(ReferenceRow row) => ReferenceTable.Epsilon(Accountant.Pld, row);

    private static double OnTheirGrid(ReferenceRow row) =>
        Enum.GetValues<Neighbour>().Max(on => Composition.EpsilonAtWidth(row.History, row.Number("delta"), on, Grid));

    /// <summary>Φ(μ/2 − ε/μ) − e^ε·Φ(−μ/2 − ε/μ): Balle and Wang, arXiv 1805.06530, theorem 8.</summary>
    private static double DeltaOf(double mu, double epsilon) =>
        Phi((mu / 2) - (epsilon / mu)) - (Math.Exp(epsilon) * Phi((-mu / 2) - (epsilon / mu)));

    private static double Phi(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));
}
