namespace Lace.Evidence.Trajectories;

/// <summary>Upper tail of the standard normal law, with small relative error far out.</summary>
/// <remarks>
/// .NET has no erfc. Near 0 the series of erf with positive terms (Abramowitz and Stegun 7.1.6), further out the
/// continued fraction of erfc (7.1.14); each is used where it converges well.
/// </remarks>
internal static class NormalTail
{
    /// <summary>P(Z ≥ z), at least 1e-300: a smaller figure would claim more than the normal approximation can carry.</summary>
    public static double Above(double z) => z < 37 ? 0.5 * Erfc(z / Math.Sqrt(2)) : 1e-300;

    internal static double Erfc(double x) =>
        x < 0 ? 2 - Erfc(-x)
        : x < 2 ? 1 - ErfBySeries(x)
        : ErfcByFraction(x);

    private static double ErfBySeries(double x)
    {
        var term = x;
        var sum = x;
        for (var k = 1; term > 1e-18 * sum; k++)
        {
            term *= 2 * x * x / ((2 * k) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double ErfcByFraction(double x)
    {
        // erfc(x) = exp(-x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))), evaluated from the inside.
        const int Levels = 120;
        var tail = x;
        for (var k = Levels; k >= 1; k--)
        {
            tail = x + (0.5 * k / tail);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * tail);
    }
}
