using Lace.Privacy.Renyi;

namespace Lace.Privacy.LossDistributions;

/// <summary>ε from the distribution of the privacy loss, composed by Fourier transform (arXiv 2106.02848, 2207.04380).</summary>
/// <remarks>
/// Every grid gives an upper bound, whose error falls at least in proportion to the grid's width, and with its square once the width
/// is small beside the losses. Two grids thus bound how far the finer one still is from the truth.
/// </remarks>
internal static class PldAccountant
{
    private const double RelativeAccuracy = 5e-4;
    private const double AbsoluteAccuracy = 5e-5;
    private const int FirstSize = 1 << 12;
    private const int LargestSize = 1 << 20;

    /// <summary>An upper bound on ε, above the exact value by at most about the accuracies above.</summary>
    /// <remarks>Where even the largest grid is too coarse for so many steps, RDP's bound may be the smaller; then it is given.</remarks>
    public static double Epsilon(PrivacyHistory history, double delta) =>
        Math.Min(RdpAccountant.Epsilon(history, delta), OnGrids(history, delta));

    private static double OnGrids(PrivacyHistory history, double delta)
    {
        var with = OnGrids(history, delta, Neighbour.WithRecord, 0);

        // Without sampling both directions are the same pair of Gaussians.
        var symmetric = history.Phases.All(phase => phase.Mechanism.SampleRate == 1);
        return symmetric ? with : Math.Max(with, OnGrids(history, delta, Neighbour.WithoutRecord, with));
    }

    /// <param name="enough">A bound below this needs no refinement.</param>
    private static double OnGrids(PrivacyHistory history, double delta, Neighbour on, double enough)
    {
        var composition = Composition.Plan(history, delta, on);
        var (size, epsilon) = (FirstSize, composition.Epsilon(FirstSize));
        var finer = 2 * size;
        while (epsilon > enough && finer <= LargestSize)
        {
            var next = Math.Min(epsilon, composition.Epsilon(finer));
            var error = (epsilon - next) / ((finer / size) - 1);
            (size, epsilon) = (finer, next);
            var tolerable = (RelativeAccuracy * epsilon) + AbsoluteAccuracy;
            if (error <= tolerable)
            {
                break;
            }

            // Each doubling leaves half the error or less, in the end a quarter.
            var doublings = Math.Max(1, (int)Math.Ceiling(Math.Log2(error / tolerable) / 2));
            finer = size < LargestSize ? (int)Math.Min(LargestSize, (long)size << doublings) : int.MaxValue;
        }

        return epsilon;
    }
}
