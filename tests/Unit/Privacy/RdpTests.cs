using System.Globalization;
using Lace.Privacy;
using Lace.Privacy.Renyi;

namespace Lace.Tests.Privacy;

public sealed class RdpTests
{
    [Fact]
    public void Every_order_agrees_with_the_quadrature_to_40_digits()
    {
        var rows = ReferenceTable.Read("rdp_orders_reference.csv");
        var worst = rows.Max(row =>
        {
            var exact = row.Number("exact_mpmath40");
            var step = new SampledGaussian(row.Number("q"), row.Number("sigma"));
            return Math.Abs(SampledGaussianDivergence.Of(step, row.Number("alpha")) - exact) / exact;
        });
        TestContext.Current.SendDiagnosticMessage($"{rows.Count} orders, worst relative error {worst:E1}");
        Assert.Equal(560, rows.Count);
        Assert.InRange(worst, 0, 1e-11);
    }
}
