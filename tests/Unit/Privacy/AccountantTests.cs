using Lace.Privacy;

namespace Lace.Tests.Privacy;

public sealed class AccountantTests
{
    public static TheoryData<Accountant> Both => [Accountant.Rdp, Accountant.Pld];

    [Theory]
    [MemberData(nameof(Both))]
    public void More_steps_higher_rate_less_noise_or_smaller_delta_never_cost_less(Accountant accountant)
    {
        var random = new Random(7);
        for (var i = 0; i < 25; i++)
        {
            var (q, sigma) = (Math.Pow(10, -3 * random.NextDouble()), Math.Exp((random.NextDouble() * 2) - 0.5));
            var (steps, delta) = (random.NextInt64(1, 2000), Math.Pow(10, -3 - (5 * random.NextDouble())));
            double Epsilon(double rate, double noise, long count, double d) =>
                accountant.Epsilon(PrivacyHistory.Of(new(rate, noise), count), d);

            // PLD's accuracy is its own tolerance for order.
            var epsilon = (Epsilon(q, sigma, steps, delta) * (1 - 1e-3)) - 1e-4;
            Assert.True(Epsilon(q, sigma, steps * 2, delta) >= epsilon);
            Assert.True(Epsilon(Math.Min(1, q * 1.5), sigma, steps, delta) >= epsilon);
            Assert.True(Epsilon(q, sigma / 1.3, steps, delta) >= epsilon);
            Assert.True(Epsilon(q, sigma, steps, delta / 10) >= epsilon);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void A_history_in_parts_costs_what_the_whole_costs(Accountant accountant)
    {
        var (a, b) = (new SampledGaussian(0.01, 1), new SampledGaussian(0.05, 2));
        var inParts = PrivacyHistory.Empty.With(a).With(b, 20).With(a, 99).With(b, 30);
        Assert.Equal(2, inParts.Phases.Length);
        Assert.Equal(150, inParts.Steps);
        var whole = PrivacyHistory.Of(a, 100).With(b, 50);
        Assert.Equal(accountant.Epsilon(whole, 1e-5), accountant.Epsilon(inParts, 1e-5), 12);
    }

    /// <summary>Two phases of the same mechanism under names that differ in the last digit are one training.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public void Phases_compose_as_equal_steps_do(Accountant accountant)
    {
        var one = accountant.Epsilon(PrivacyHistory.Of(new(0.01, 1), 1000), 1e-5);
        var two = accountant.Epsilon(PrivacyHistory.Of(new(0.01, 1), 400).With(new(0.01, 1 + 1e-12), 600), 1e-5);
        Assert.Equal(one, two, 3);
    }

    /// <summary>Noise calibrated for one phase does not cover two.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public void A_second_phase_costs_and_both_cost_less_than_their_sum(Accountant accountant)
    {
        var (a, b) = (PrivacyHistory.Of(new(0.01, 1), 1000), PrivacyHistory.Of(new(0.1, 3), 300));
        var both = accountant.Epsilon(a.With(new(0.1, 3), 300), 1e-5);
        var (ofA, ofB) = (accountant.Epsilon(a, 1e-5), accountant.Epsilon(b, 1e-5));
        Assert.InRange(both, Math.Max(ofA, ofB), ofA + ofB);
    }

    [Theory]
    [InlineData("rdp", Accountant.Rdp)]
    [InlineData("moments", Accountant.Rdp)]
    [InlineData("pld", Accountant.Pld)]
    [InlineData("prv", Accountant.Pld)]
    public void Accountants_have_names(string name, Accountant expected)
    {
        Assert.True(AccountantExtensions.TryParse(name, out var accountant));
        Assert.Equal(expected, accountant);
    }

    [Theory]
    [InlineData("gdp")]
    [InlineData("RDP")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_names_are_refused(string? name) => Assert.False(AccountantExtensions.TryParse(name, out _));

    [Theory]
    [InlineData(0, 1, "sample rate")]
    [InlineData(-0.1, 1, "sample rate")]
    [InlineData(1.0000001, 1, "sample rate")]
    [InlineData(1e-13, 1, "sample rate")]
    [InlineData(double.NaN, 1, "sample rate")]
    [InlineData(double.PositiveInfinity, 1, "sample rate")]
    [InlineData(0.1, 0, "without noise there is no finite ε")]
    [InlineData(0.1, 0.049, "noise multiplier")]
    [InlineData(0.1, -1, "noise multiplier")]
    [InlineData(0.1, 1.1e4, "noise multiplier")]
    [InlineData(0.1, double.NaN, "noise multiplier")]
    [InlineData(0.1, double.PositiveInfinity, "noise multiplier")]
    public void A_mechanism_outside_the_range_is_refused_with_the_reason(double q, double sigma, string reason)
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new SampledGaussian(q, sigma));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1e-5)]
    [InlineData(0.51)]
    [InlineData(1e-31)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_delta_outside_the_range_is_refused(double delta)
    {
        var history = PrivacyHistory.Of(new(0.1, 1), 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => Accountant.Rdp.Epsilon(history, delta));
        Assert.Throws<ArgumentOutOfRangeException>(() => Accountant.Pld.Epsilon(history, delta));
    }

    [Fact]
    public void Steps_are_at_least_one_and_bounded()
    {
        var mechanism = new SampledGaussian(0.1, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => PrivacyHistory.Of(mechanism, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PrivacyHistory.Of(mechanism, long.MinValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => PrivacyHistory.Of(mechanism, long.MaxValue));
        var full = PrivacyHistory.Of(mechanism, PrivacyHistory.MostSteps);
        Assert.Throws<ArgumentOutOfRangeException>(() => full.With(mechanism));
        var wide = Enumerable.Range(1, 64).Aggregate(PrivacyHistory.Empty, (h, i) => h.With(new(0.1, i)));
        Assert.Throws<ArgumentException>(() => wide.With(new(0.1, 65)));
    }

    /// <summary>The corners of the range: finite, not negative, and PLD not above RDP.</summary>
    [Theory]
    [InlineData(1e-12, 0.05, 1)]
    [InlineData(1e-12, 1e4, 1_000_000_000)]
    [InlineData(1, 0.05, 1)]
    [InlineData(1, 1e4, 1_000_000_000)]
    [InlineData(1, 0.05, 1_000_000)]
    [InlineData(0.5, 0.05, 10)]
    [InlineData(0.999999, 0.5, 100)]
    [InlineData(1e-6, 0.05, 1_000_000)]
    [InlineData(0.01, 1, 1_000_000_000)]
    public void The_corners_of_the_range_have_answers(double q, double sigma, long steps)
    {
        var history = PrivacyHistory.Of(new(q, sigma), steps);
        foreach (var delta in new[] { 1e-30, 1e-5, 0.5 })
        {
            var (rdp, pld) = (Accountant.Rdp.Epsilon(history, delta), Accountant.Pld.Epsilon(history, delta));
            Assert.True(double.IsFinite(rdp) && rdp >= 0, $"RDP {rdp} at {delta}");
            Assert.True(double.IsFinite(pld) && pld >= 0, $"PLD {pld} at {delta}");
            Assert.True(pld <= (rdp * 1.01) + 1e-3, $"PLD {pld} above RDP {rdp} at {delta}");
        }
    }
}
