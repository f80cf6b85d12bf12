using MathNet.Numerics;

namespace Lace.Privacy.LossDistributions;

/// <summary>The noisy sum of one step, reduced to one dimension: N(0, σ²) without the record, the mixture (1 − q)·N(0, σ²) + q·N(1, σ²) with it.</summary>
/// <remarks>The privacy loss grows with the outcome z on the dataset with the record, and falls with it on the other.</remarks>
internal sealed class StepOutcomes(SampledGaussian step, Neighbour on)
{
    private readonly double rate = step.SampleRate;
    private readonly double sigma = step.NoiseMultiplier;

    /// <summary>Losses between which all outcomes lie but for a probability of <paramref name="tail"/> on either side.</summary>
    public (double Low, double High) Range(double tail)
    {
        // P(Z > t) ≤ e^(−t²/2)
        var reach = sigma * Math.Sqrt(-2 * Math.Log(tail));
        return on == Neighbour.WithRecord
            ? (step.LogRatio(-reach), step.LogRatio(1 + reach))
            : (-step.LogRatio(reach), -step.LogRatio(-reach));
    }

    /// <summary>The outcome at which the loss is <paramref name="loss"/>, with the tails of both laws beyond it.</summary>
    public Boundary At(double loss)
    {
        var outcome = step.Outcome(on == Neighbour.WithRecord ? loss : -loss);
        return new(Tail.Beyond(outcome / sigma), Tail.Beyond((outcome - 1) / sigma));
    }

    /// <summary>Probability that the loss lies between two boundaries: here, and on the neighbouring dataset.</summary>
    public (double Here, double There) Between(Boundary low, Boundary high)
    {
        var without = low.Without.To(high.Without);
        var with = ((1 - rate) * without) + (rate * low.With.To(high.With));
        return on == Neighbour.WithRecord ? (with, without) : (without, with);
    }
}

/// <summary>Where a loss lies under the law without the record and under its shifted part.</summary>
internal readonly record struct Boundary(Tail Without, Tail With);

/// <summary>P(|Z| beyond |z| on z's side): the smaller tail, so that differences of tails keep their digits.</summary>
internal readonly record struct Tail(bool Upper, double Probability)
{
    public static Tail Beyond(double z) => new(z > 0, 0.5 * SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2)));

    /// <summary>Probability between this point and another, whichever is the greater.</summary>
    public double To(Tail other) =>
        Upper == other.Upper ? Math.Abs(Probability - other.Probability) : 1 - Probability - other.Probability;
}
