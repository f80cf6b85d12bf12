using static Lace.Privacy.NearZero;

namespace Lace.Privacy.Renyi;

/// <summary>ε from Rényi divergences: they add up over steps, and any order gives a bound; we take the best order.</summary>
/// <remarks>
/// Nothing is tabulated: the divergence at one order takes microseconds, and a search needs some twenty of them. So there is no
/// table of orders whose end could be the optimum.
/// </remarks>
internal static class RdpAccountant
{
    private const double LeastExcess = 1e-5;
    private const double MostExcess = 1e5;
    private const double Tolerance = 1e-3;

    public static double Epsilon(PrivacyHistory history, double delta)
    {
        // By Bretagnolle and Huber the total variation is at most √(1 − e^(−KL)), and KL is at most the divergence of any order.
        if ((delta * delta) + Expm1(-Divergence(history, 1 + LeastExcess)) > 0)
        {
            return 0;
        }

        // The search is on ln(α − 1).
        var (_, epsilon) = GoldenSection.Minimum(
            excess => EpsilonAt(history, delta, 1 + Math.Exp(excess)),
            Math.Log(LeastExcess),
            Math.Log(MostExcess),
            Tolerance
        );
        return Math.Max(0, epsilon);
    }

    /// <summary>The bound that one order gives (Canonne, Kamath, Steinke, arXiv 2004.00010, proposition 12); may be negative.</summary>
    internal static double EpsilonAt(PrivacyHistory history, double delta, double order) =>
        Divergence(history, order) + Log1p(-1 / order) - (Math.Log(order * delta) / (order - 1));

    private static double Divergence(PrivacyHistory history, double order)
    {
        var sum = 0.0;
        foreach (var phase in history.Phases)
        {
            sum += phase.Steps * SampledGaussianDivergence.Of(phase.Mechanism, order);
        }

        return sum;
    }
}
