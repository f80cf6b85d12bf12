using Lace.Privacy;
using Lace.Privacy.Renyi;

namespace Lace.Tests.Privacy;

/// <summary>
/// Where the ε of the two earlier projects came from: their formula, rebuilt here from docs/privacy.md §5, gives their figures to every
/// digit that they printed, and no mechanism has them.
/// </summary>
public sealed class SeedFormulaTests
{
    private const double Delta = 1e-5;
    private static readonly double[] Orders = [1.5, 2, 2.5, 3, 4, 5, 6, 8, 16, 32, 64];

    [Theory]
    [InlineData(1108, 2.53, 2.529, 16)]
    [InlineData(100, 228.74, 228.742, 32)]
    public void The_wrong_formula_gives_both_figures_at_one_record_in_a_thousand(
        long steps,
        double printed,
        double computed,
        double order
    )
    {
        var (epsilon, at) = Wrong(0.001, steps);
        Assert.Equal((printed, order), (Math.Round(epsilon, 2), at));
        Assert.Equal(computed, epsilon, 3);
    }

    /// <summary>The sign: a smaller δ, a stronger demand, would cost less, and a longer training less than a shorter one.</summary>
    [Fact]
    public void By_the_wrong_formula_a_training_gets_more_private_by_going_on()
    {
        Assert.True(Wrong(0.001, 1108).Epsilon < Wrong(0.001, 100).Epsilon / 90);
        var (few, many) = (PrivacyHistory.Of(new(0.001, 1), 100), PrivacyHistory.Of(new(0.001, 1), 1108));
        Assert.All(
            Enum.GetValues<Accountant>(),
            accountant => Assert.True(accountant.Epsilon(few, Delta) < accountant.Epsilon(many, Delta))
        );
    }

    /// <summary>The amplification: ln(1 + q²(e^r − 1)) is no bound on the divergence of a step; already at order 16 it is below.</summary>
    [Fact]
    public void The_made_up_amplification_is_below_the_true_divergence()
    {
        var step = new SampledGaussian(0.01, 1);
        Assert.Equal(3.09, SampledGaussianDivergence.Of(step, 16), 2);
        Assert.InRange(Amplified(0.01, 16), 0.25, 0.27);
    }

    /// <summary>ε as the earlier projects computed it, and the order that they took it from.</summary>
    private static (double Epsilon, double Order) Wrong(double rate, long steps) =>
        Orders
            .Select(order => (Epsilon: (steps * Amplified(rate, order)) - (Math.Log(1 / Delta) / (order - 1)), order))
            .Where(candidate => candidate.Epsilon >= 0)
            .Min();

    /// <summary>Of one step at σ = 1, where α/2σ² is the divergence without sampling.</summary>
    private static double Amplified(double rate, double order) =>
        Math.Log(1 + (rate * rate * (Math.Exp(order / 2) - 1)));
}
