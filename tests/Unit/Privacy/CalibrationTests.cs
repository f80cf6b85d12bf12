using Lace.Privacy;

namespace Lace.Tests.Privacy;

public sealed class CalibrationTests
{
    public static TheoryData<Accountant> Both => [Accountant.Rdp, Accountant.Pld];

    [Theory]
    [MemberData(nameof(Both))]
    public void Noise_for_a_budget_keeps_to_it_and_a_little_less_does_not(Accountant accountant)
    {
        foreach (
            var (epsilon, q, steps) in new[]
            {
                (8.0, 0.01, 1000),
                (1.0, 0.001, 10_000),
                (0.3, 1.0, 10),
                (50.0, 0.2, 100),
            }
        )
        {
            var sigma = Calibration.NoiseFor(accountant, epsilon, 1e-5, q, steps)!.Value;
            Assert.True(accountant.Epsilon(PrivacyHistory.Of(new(q, sigma), steps), 1e-5) <= epsilon);
            Assert.True(accountant.Epsilon(PrivacyHistory.Of(new(q, sigma * 0.998), steps), 1e-5) > epsilon);
        }
    }

    /// <summary>dp.md, section 2.8: measured with other programs.</summary>
    [Fact]
    public void Noise_agrees_with_the_published_figures()
    {
        Assert.Equal(0.61585, Calibration.NoiseFor(Accountant.Rdp, 8, 1e-5, 0.01, 1000)!.Value, 3);
        Assert.Equal(0.58626, Calibration.NoiseFor(Accountant.Pld, 8, 1e-5, 0.01, 1000)!.Value, 3);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Steps_for_a_budget_keep_to_it_and_one_more_does_not(Accountant accountant)
    {
        foreach (var (epsilon, q, sigma) in new[] { (2.0, 0.01, 1.0), (0.5, 1.0, 30.0), (20.0, 0.1, 0.7) })
        {
            var mechanism = new SampledGaussian(q, sigma);
            var steps = Calibration.StepsFor(accountant, epsilon, 1e-5, mechanism);
            Assert.True(accountant.Epsilon(PrivacyHistory.Of(mechanism, steps), 1e-5) <= epsilon);
            Assert.True(accountant.Epsilon(PrivacyHistory.Of(mechanism, steps + 1), 1e-5) > epsilon);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_was_spent_before_counts(Accountant accountant)
    {
        var before = PrivacyHistory.Of(new(0.02, 1.2), 300);
        var mechanism = new SampledGaussian(0.01, 1);
        var steps = Calibration.StepsFor(accountant, 2, 1e-5, mechanism, before);
        Assert.InRange(steps, 1, Calibration.StepsFor(accountant, 2, 1e-5, mechanism) - 1);
        Assert.True(accountant.Epsilon(before.With(mechanism, steps), 1e-5) <= 2);
        var sigma = Calibration.NoiseFor(accountant, 2, 1e-5, 0.01, 500, before)!.Value;
        Assert.True(sigma > Calibration.NoiseFor(accountant, 2, 1e-5, 0.01, 500));
        Assert.True(accountant.Epsilon(before.With(new(0.01, sigma), 500), 1e-5) <= 2);
    }

    [Fact]
    public void A_budget_that_cannot_be_kept_has_no_answer()
    {
        var spent = PrivacyHistory.Of(new(0.5, 0.5), 100);
        Assert.Null(Calibration.NoiseFor(Accountant.Rdp, 1, 1e-5, 0.01, 10, spent));
        Assert.Equal(0, Calibration.StepsFor(Accountant.Rdp, 1, 1e-5, new(0.01, 1), spent));
        Assert.Equal(0, Calibration.StepsFor(Accountant.Pld, 0.001, 1e-6, new(1, 0.1)));
    }

    [Fact]
    public void A_budget_that_is_never_reached_gives_the_ends_of_the_range()
    {
        Assert.Equal(SampledGaussian.LeastNoise, Calibration.NoiseFor(Accountant.Rdp, 1e9, 1e-5, 0.01, 10));
        Assert.Equal(PrivacyHistory.MostSteps, Calibration.StepsFor(Accountant.Rdp, 10, 1e-5, new(1e-9, 100)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_no_budget_is_refused(double epsilon)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Calibration.NoiseFor(Accountant.Rdp, epsilon, 1e-5, 0.01, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Calibration.StepsFor(Accountant.Pld, epsilon, 1e-5, new(0.01, 1))
        );
    }
}
