namespace Lace.Privacy;

/// <summary>The way back: from a budget to the noise or to the number of steps.</summary>
/// <remarks>ε falls with the noise and grows with the steps. Every answer was evaluated and keeps to the budget; none is interpolated.</remarks>
public static class Calibration
{
    private const double NoiseAccuracy = 1e-4;

    /// <summary>The least noise multiplier, up to a ten-thousandth above it, with which a training stays within ε at δ.</summary>
    /// <param name="before">Steps already made, which the budget has to pay too.</param>
    /// <param name="cancellationToken">Looked at before each evaluation of ε.</param>
    /// <returns>Null where no supported noise is enough.</returns>
    public static double? NoiseFor(
        Accountant accountant,
        double epsilon,
        double delta,
        double sampleRate,
        long steps,
        PrivacyHistory? before = null,
        CancellationToken cancellationToken = default
    )
    {
        ThrowUnlessBudget(epsilon);
        var history = before ?? PrivacyHistory.Empty;
        bool Keeps(double noise)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return accountant.Epsilon(history.With(new(sampleRate, noise), steps), delta) <= epsilon;
        }

        // PLD is slow, and the noise by RDP is little above what it needs.
        var start =
            accountant == Accountant.Pld
                ? NoiseFor(Accountant.Rdp, epsilon, delta, sampleRate, steps, before, cancellationToken)
                : 1;
        return LeastNoise(Keeps, start ?? 1);
    }

    /// <summary>The most further steps with which ε at δ is not exceeded; 0 where none is possible.</summary>
    public static long StepsFor(
        Accountant accountant,
        double epsilon,
        double delta,
        SampledGaussian mechanism,
        PrivacyHistory? before = null,
        CancellationToken cancellationToken = default
    )
    {
        ThrowUnlessBudget(epsilon);
        var history = before ?? PrivacyHistory.Empty;
        bool Keeps(long steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return steps == 0 || accountant.Epsilon(history.With(mechanism, steps), delta) <= epsilon;
        }

        var most = PrivacyHistory.MostSteps - history.Steps;
        var start =
            accountant == Accountant.Pld
                ? StepsFor(Accountant.Rdp, epsilon, delta, mechanism, before, cancellationToken)
                : 1;
        return MostSteps(Keeps, Math.Clamp(start, 1, Math.Max(1, most)), most);
    }

    private static double? LeastNoise(Func<double, bool> keeps, double start)
    {
        var factor = 1.25;
        var high = start;
        while (!keeps(high))
        {
            if (high >= SampledGaussian.MostNoise)
            {
                return null;
            }

            high = Math.Min(SampledGaussian.MostNoise, high * factor);
            factor *= factor;
        }

        var low = Math.Max(SampledGaussian.LeastNoise, high / factor);
        while (keeps(low))
        {
            if (low <= SampledGaussian.LeastNoise)
            {
                return low;
            }

            (high, low) = (low, Math.Max(SampledGaussian.LeastNoise, low / factor));
        }

        while (high > low * (1 + NoiseAccuracy))
        {
            var middle = Math.Sqrt(high * low);
            (low, high) = keeps(middle) ? (low, middle) : (middle, high);
        }

        return high;
    }

    private static long MostSteps(Func<long, bool> keeps, long start, long most)
    {
        if (most == 0 || !keeps(1))
        {
            return 0;
        }

        var (kept, refused) = (1L, most + 1);
        var next = start;
        while (refused - kept > 1)
        {
            next = Math.Clamp(next, kept + 1, refused - 1);
            (kept, refused) = keeps(next) ? (next, refused) : (kept, next);
            next = refused > most ? kept + Math.Max(1, kept / 4) : kept + ((refused - kept) / 2);
        }

        return kept;
    }

    private static void ThrowUnlessBudget(double epsilon)
    {
        if (BudgetRefusal(epsilon) is { } refusal)
        {
            throw new ArgumentOutOfRangeException(nameof(epsilon), refusal);
        }
    }

    /// <summary>Why this is no budget, as a sentence; null where it is one.</summary>
    public static string? BudgetRefusal(double epsilon) =>
        epsilon > 0 && double.IsFinite(epsilon) ? null : $"ε is {epsilon}; a budget is a finite number above 0.";
}
