using static Lace.Privacy.NearZero;

namespace Lace.Privacy.LossDistributions;

/// <summary>The privacy loss of one step, rounded up onto a grid.</summary>
/// <remarks>
/// Between two neighbouring grid points, probability is split so that both laws keep their mass: δ as a function of e^ε is then
/// the polygon through the exact values on the grid, which lies above the convex exact curve ("connect the dots", arXiv 2207.04380).
/// </remarks>
internal sealed class LossDistribution
{
    private readonly double[] logMass;

    private LossDistribution(long first, double[] mass, double infinite, double width)
    {
        (First, Mass, Infinite, Width) = (first, mass, infinite, width);
        logMass = Array.ConvertAll(mass, Math.Log);
    }

    /// <summary>Loss of the first entry, in units of <see cref="Width"/>.</summary>
    public long First { get; }

    public double[] Mass { get; }

    /// <summary>Probability of a loss above the grid, counted as unbounded.</summary>
    public double Infinite { get; }

    /// <summary>Distance of neighbouring losses, in nats.</summary>
    public double Width { get; }

    /// <param name="tail">Probability that may be rounded to the ends: up to infinity above, up to the first entry below.</param>
    public static LossDistribution Of(StepOutcomes step, double width, double tail)
    {
        var (low, high) = step.Range(tail);
        var first = (long)Math.Floor(low / width);
        var mass = new double[(long)Math.Ceiling(high / width) - first + 1];
        var boundary = step.At(first * width);
        mass[0] = step.Between(step.At(double.NegativeInfinity), boundary).Here;
        var spread = -Expm1(-width);
        for (var i = 0; i < mass.Length - 1; i++)
        {
            var next = step.At((first + i + 1) * width);
            var (here, there) = step.Between(boundary, next);
            var up = Math.Clamp((here - (there * Math.Exp((first + i) * width))) / spread, 0, here);
            mass[i] += here - up;
            mass[i + 1] = up;
            boundary = next;
        }

        var infinite = step.Between(boundary, step.At(double.PositiveInfinity)).Here;
        return new(first, WithoutRoundingLoss(mass, 1 - infinite), infinite, width);
    }

    /// <summary>ln E[e^(λL)] over the finite losses.</summary>
    public double LogMoment(double lambda)
    {
        var largest = double.NegativeInfinity;
        for (var i = 0; i < logMass.Length; i++)
        {
            largest = Math.Max(largest, logMass[i] + (lambda * Width * (First + i)));
        }

        var sum = 0.0;
        for (var i = 0; i < logMass.Length; i++)
        {
            sum += Math.Exp(logMass[i] + (lambda * Width * (First + i)) - largest);
        }

        return largest + Math.Log(sum);
    }

    /// <summary>Adds the tilted law, P(L)·e^(λL) / E[e^(λL)], to a circle of losses.</summary>
    public void AddTilted(double lambda, Span<double> circle)
    {
        var logMoment = LogMoment(lambda);
        for (var i = 0; i < logMass.Length; i++)
        {
            var place = (int)((((First + i) % circle.Length) + circle.Length) % circle.Length);
            circle[place] += Math.Exp(logMass[i] + (lambda * Width * (First + i)) - logMoment);
        }
    }

    private static double[] WithoutRoundingLoss(double[] mass, double total)
    {
        var sum = mass.Sum();
        return sum < total ? Array.ConvertAll(mass, entry => entry * (total / sum)) : mass;
    }
}
