using System.Numerics;

namespace Lace.Privacy.LossDistributions;

/// <summary>Composes the losses of all steps on a circle of grid points, around the losses that decide about δ.</summary>
/// <remarks>
/// The law is tilted by e^(λL) before it is transformed, with λ where Chernoff's bound on δ is best: then the losses that decide
/// are the likely ones, rounding is relative to δ instead of 1, and the circle need not hold the rest.
/// </remarks>
internal sealed class Composition
{
    private const int PlanningCells = 1 << 12;

    // With next to no noise, all losses on the dataset without the record are one number.
    private const double LeastPlanningWidth = 1e-10;
    private const double SearchTolerance = 0.01;
    private const double MostTheta = 1e9;

    // What may fall out of the window: so much of δ is lost above it; of the tilted law so much comes back in at the other end and only adds.
    private const double LostOfDelta = 1e-10;
    private const double LogOutside = -35;

    private readonly (StepOutcomes Step, long Count)[] phases;
    private readonly double delta;
    private readonly double tail;
    private readonly double lambda;
    private readonly double above;
    private readonly double tiltedAbove;
    private readonly double window;

    private Composition(PrivacyHistory history, double delta, Neighbour on, double? width)
    {
        this.delta = delta;
        phases = [.. history.Phases.Select(phase => (new StepOutcomes(phase.Mechanism, on), phase.Steps))];
        tail = 1e-9 * delta / history.Steps;
        var span = phases.Max(phase => Span(phase.Step.Range(tail)));
        var coarse = Losses(width ?? Math.Max(LeastPlanningWidth, span / PlanningCells));

        // Where losses are bounded, Chernoff's bound improves for ever; a tilt beyond the grid's resolution would leave one point.
        var most = 0.25 / coarse.Width;
        lambda = Math.Exp(Best(lambda => (coarse.LogMoment(lambda) - Math.Log(delta)) / lambda, most).At);
        above = Math.Exp(Best(theta => coarse.Above(theta, LogLost), MostTheta).At);
        tiltedAbove = Math.Exp(Best(theta => coarse.Above(theta, lambda, LogOutside), MostTheta).At);
        window = High(coarse) + Best(theta => -coarse.Below(theta, lambda, LogOutside), MostTheta).Value;
    }

    private double LogLost => Math.Log(LostOfDelta * delta);

    /// <summary>Finds tilt and window on a coarse grid; a finer one needs them only approximately.</summary>
    public static Composition Plan(PrivacyHistory history, double delta, Neighbour on) => new(history, delta, on, null);

    /// <summary>An upper bound on ε with <paramref name="size"/> grid points, a power of two.</summary>
    public double Epsilon(int size) => Epsilon(size, window / size);

    /// <summary>An upper bound on ε with a given distance of losses, as other programs fix it.</summary>
    internal static double EpsilonAtWidth(PrivacyHistory history, double delta, Neighbour on, double width)
    {
        var plan = new Composition(history, delta, on, width);
        var points = (uint)Math.Ceiling(plan.window / width) + PlanningCells;
        return plan.Epsilon((int)BitOperations.RoundUpToPowerOf2(points), width);
    }

    private double Epsilon(int size, double width)
    {
        var losses = Losses(width);
        var high = High(losses);
        var (tilted, rounding) = losses.Compose(lambda, size);

        // From here on δ is counted in units of the δ that was asked for, and losses from the centre, where the tilt is 1 in them.
        var centre = (losses.LogMoment(lambda) - Math.Log(delta)) / lambda;
        var target = 1 - (losses.Infinite / delta) - LostOfDelta;
        return Crossing(tilted, rounding, losses.Width, (long)Math.Ceiling(high / losses.Width), centre, target);
    }

    /// <summary>The ε at which δ falls to the target, walking down from the highest loss.</summary>
    private double Crossing(double[] tilted, double rounding, double width, long highest, double centre, double target)
    {
        var spread = -NearZero.Expm1(-width);
        var (mass, upper) = (0.0, 0.0);
        for (var loss = highest; loss > highest - tilted.Length; loss--)
        {
            // δ at this grid point from δ at the one above: δ_i = e^(−D)·δ_(i+1) + (1 − e^(−D))·P(L > i).
            var here = upper + (spread * (mass - upper));
            if (here >= target)
            {
                var part = (target - upper) / (here - upper);
                return Math.Max(0, ((loss + 1) * width) + NearZero.Log1p(-part * spread));
            }

            if (loss <= 0)
            {
                return 0;
            }

            var place = ((loss % tilted.Length) + tilted.Length) % tilted.Length;
            mass += (Math.Max(0, tilted[place]) + rounding) * Math.Exp(lambda * (centre - (loss * width)));
            upper = here;
        }

        return Math.Max(0, (highest - tilted.Length + 1) * width);
    }

    /// <summary>The upper end of the window.</summary>
    private double High(ComposedLosses losses) =>
        Math.Max(losses.Above(above, LogLost), losses.Above(tiltedAbove, lambda, LogOutside));

    private ComposedLosses Losses(double width) =>
        new([.. phases.Select(phase => (LossDistribution.Of(phase.Step, width, tail), phase.Count))], width);

    private static (double At, double Value) Best(Func<double, double> f, double most) =>
        GoldenSection.Minimum(logarithm => f(Math.Exp(logarithm)), Math.Log(1e-6), Math.Log(most), SearchTolerance);

    private static double Span((double Low, double High) range) => range.High - range.Low;
}
