using Lace.Privacy;
using MathNet.Numerics.Distributions;

namespace Lace.Benchmarks;

/// <summary>How well canaries that were in are told from those that were out.</summary>
/// <param name="Inside">How far the loss of each canary that was in fell.</param>
/// <param name="Outside">Of each that was not.</param>
/// <param name="LossBefore">Of the language that was to be learned, on sentences that were not trained on.</param>
/// <param name="Noise">σ; 0 without privacy.</param>
internal sealed record CanaryOutcome(
    double[] Inside,
    double[] Outside,
    double LossBefore,
    double LossAfter,
    double Noise,
    PrivacyHistory History
)
{
    private const double Confidence = 0.95;

    /// <summary>The probability that one that was in looks more so than one that was out; 0.5 is guessing.</summary>
    public double Auc =>
        Inside.Sum(inside =>
            Outside.Sum(outside =>
                inside > outside ? 1.0
                : inside == outside ? 0.5
                : 0
            )
        ) / ((double)Inside.Length * Outside.Length);

    /// <summary>Of the AUC, 95 % (DeLong, DeLong, Clarke-Pearson 1988).</summary>
    public (double Low, double High) AucInterval
    {
        get
        {
            var ofInside = Inside.Select(inside => Outside.Average(outside => Score(inside, outside))).ToArray();
            var ofOutside = Outside.Select(outside => Inside.Average(inside => Score(inside, outside))).ToArray();
            var error = Math.Sqrt((Variance(ofInside) / Inside.Length) + (Variance(ofOutside) / Outside.Length));
            return (Math.Max(0, Auc - (1.96 * error)), Math.Min(1, Auc + (1.96 * error)));
        }
    }

    /// <summary>Share of those that were in that is found while at most so many of those that were out are called in; with its 95 % interval.</summary>
    public (double Rate, double Low, double High) TruePositives(double falsePositives)
    {
        var threshold = Outside.Order().ElementAt(Outside.Length - 1 - (int)(falsePositives * Outside.Length));
        var found = Inside.Count(inside => inside > threshold);
        return ((double)found / Inside.Length, Lower(found, Inside.Length), Upper(found, Inside.Length));
    }

    /// <summary>The AUC that no attack whatever exceeds, and the share that none finds at a rate of false positives, by the accountant's curve.</summary>
    public (double Auc, double TruePositives) MostPossible(double falsePositives)
    {
        // TPR ≤ e^ε·FPR + δ and 1 − FPR ≤ e^ε·(1 − TPR) + δ for every ε and its δ.
        var curve = Enumerable
            .Range(0, 24)
            .Select(i => 0.5 * Math.Pow(0.6, i))
            .Select(delta => (Power: Math.Exp(Accountant.Pld.Epsilon(History, delta)), Delta: delta))
            .ToArray();
        double Most(double wrong) =>
            Math.Min(
                1,
                curve.Min(point =>
                    Math.Min((point.Power * wrong) + point.Delta, 1 - ((1 - wrong - point.Delta) / point.Power))
                )
            );
        return (Enumerable.Range(0, 1000).Average(i => Most((i + 0.5) / 1000)), Most(falsePositives));
    }

    /// <summary>
    /// What ε the attack shows to be exceeded, at 95 % confidence: (ε, δ) allows TPR ≤ e^ε·FPR + δ. The threshold is chosen on one half of
    /// the canaries and judged on the other.
    /// </summary>
    public double EpsilonShown(double delta)
    {
        var (chosen, judged) = (Half(0), Half(1));
        var best = chosen.Inside.Concat(chosen.Outside).MaxBy(threshold => Shown(chosen, threshold, delta));
        return Math.Max(0, Shown(judged, best, delta));
    }

    private (double[] Inside, double[] Outside) Half(int parity) =>
        ([.. Inside.Where((_, at) => at % 2 == parity)], [.. Outside.Where((_, at) => at % 2 == parity)]);

    private static double Shown((double[] Inside, double[] Outside) canaries, double threshold, double delta)
    {
        var found = Lower(canaries.Inside.Count(inside => inside >= threshold), canaries.Inside.Length);
        var wrong = Upper(canaries.Outside.Count(outside => outside >= threshold), canaries.Outside.Length);
        return found > delta ? Math.Log((found - delta) / wrong) : 0;
    }

    private static double Score(double inside, double outside) =>
        inside > outside ? 1
        : inside == outside ? 0.5
        : 0;

    private static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
    }

    // Clopper and Pearson's interval of a proportion.
    private static double Lower(int found, int of) =>
        found == 0 ? 0 : Beta.InvCDF(found, of - found + 1, (1 - Confidence) / 2);

    private static double Upper(int found, int of) =>
        found == of ? 1 : Beta.InvCDF(found + 1, of - found, (1 + Confidence) / 2);
}
