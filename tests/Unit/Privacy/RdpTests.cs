using Lace.Privacy;
using Lace.Privacy.Renyi;

namespace Lace.Tests.Privacy;

public sealed class RdpTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_order_agrees_with_the_figure_of_forty_digits()
    {
        var rows = ReferenceTable.Read("rdp_orders_reference.csv");
        var worst = rows.Max(row =>
        {
            var exact = row.Number("exact_mpmath40");
            var step = new SampledGaussian(row.Number("q"), row.Number("sigma"));
            return Math.Abs(SampledGaussianDivergence.Of(step, row.Number("alpha")) - exact) / exact;
        });
        output.WriteLine($"{rows.Count} orders, worst relative error {worst:E1}");
        Assert.Equal(560, rows.Count);
        Assert.InRange(worst, 0, 1e-12);
    }

    /// <summary>A_α − 1 = Σ_{k≥2} C(α,k)(1−q)^(α−k) q^k (e^((k²−k)/2σ²) − 1): arXiv 1908.10530, section 3.3, another way than ours.</summary>
    [Theory]
    [InlineData(1e-7, 0.5)]
    [InlineData(1e-9, 3)]
    [InlineData(0.003, 0.1)]
    [InlineData(0.3, 40)]
    [InlineData(0.999, 1000)]
    public void Whole_orders_agree_with_the_binomial_sum_where_the_table_has_none(double q, double sigma)
    {
        foreach (var order in new[] { 2, 3, 7, 20 })
        {
            var excess = 0.0;
            var binomial = (double)order;
            for (var k = 2; k <= order; k++)
            {
                binomial *= (order - k + 1.0) / k;
                var exponent = k * (k - 1) / (2 * sigma * sigma);
                excess += binomial * Math.Pow(1 - q, order - k) * Math.Pow(q, k) * NearZero.Expm1(exponent);
            }

            if (!double.IsFinite(excess))
            {
                break;
            }

            var expected = NearZero.Log1p(excess) / (order - 1);
            var actual = SampledGaussianDivergence.Of(new(q, sigma), order);
            Assert.InRange(actual / expected, 1 - 1e-11, 1 + 1e-11);
        }
    }

    [Fact]
    public void A_rate_below_one_in_a_million_is_charged()
    {
        var step = new SampledGaussian(1e-7, 1);
        Assert.InRange(SampledGaussianDivergence.Of(step, 2) / (1e-14 * (Math.E - 1)), 1 - 1e-6, 1 + 1e-6);
        Assert.True(Accountant.Rdp.Epsilon(PrivacyHistory.Of(step, 1_000_000), 1e-9) > 0);
    }

    /// <summary>The example of Opacus' documentation: 0.336 at order 23.</summary>
    [Fact]
    public void Phases_add_up_order_by_order()
    {
        var history = PrivacyHistory.Of(new(1e-5, 1), 10).With(new(1e-4, 3), 4);
        var best = Enumerable.Range(2, 31).MinBy(order => RdpAccountant.EpsilonAt(history, 1e-5, order));
        Assert.Equal(23, best);
        Assert.Equal(0.336, RdpAccountant.EpsilonAt(history, 1e-5, best), 3);
        Assert.True(Accountant.Rdp.Epsilon(history, 1e-5) <= 0.336);
    }

    [Fact]
    public void The_search_finds_the_best_of_all_orders()
    {
        foreach (
            var (q, sigma, steps) in new[] { (1e-4, 10.0, 10L), (0.01, 1, 1108), (0.2, 0.5, 10_000), (1e-6, 0.3, 5000) }
        )
        {
            var history = PrivacyHistory.Of(new(q, sigma), steps);
            var found = Accountant.Rdp.Epsilon(history, 1e-6);
            var scanned = Enumerable
                .Range(0, 400)
                .Select(i => 1 + Math.Pow(10, -4 + (i * 0.018)))
                .Min(order => RdpAccountant.EpsilonAt(history, 1e-6, order));
            Assert.True(found <= (scanned * (1 + 1e-6)) + 1e-12, $"{q} {sigma} {steps}: {found} above {scanned}");
        }
    }

    /// <summary>Opacus gives −0.0085 here.</summary>
    [Fact]
    public void Epsilon_is_never_negative()
    {
        Assert.Equal(0, Accountant.Rdp.Epsilon(PrivacyHistory.Of(new(0.001, 50), 1), 0.01));
        Assert.Equal(0, Accountant.Pld.Epsilon(PrivacyHistory.Of(new(0.001, 50), 1), 0.01));
        Assert.Equal(0, Accountant.Pld.Epsilon(PrivacyHistory.Empty, 1e-5));
    }
}
