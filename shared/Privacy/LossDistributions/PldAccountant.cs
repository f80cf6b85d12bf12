namespace Lace.Privacy.LossDistributions;

/// <summary>ε from the distribution of the privacy loss, composed by Fourier transform (arXiv 2106.02848, 2207.04380).</summary>
/// <remarks>
/// Every grid gives an upper bound, whose error falls with the square of the grid's width. Two grids thus tell how far the finer
/// one still is from the truth, and which grid would be near enough.
/// </remarks>
internal static class PldAccountant
{
    private const double RelativeAccuracy = 3e-4;
    private const double AbsoluteAccuracy = 2e-5;
    private const int FirstSize = 1 << 12;
    private const int LargestSize = 1 << 20;

    /// <summary>An upper bound on ε, above the exact value by about the accuracies above.</summary>
    public static double Epsilon(PrivacyHistory history, double delta)
    {
        var with = Epsilon(history, delta, Neighbour.WithRecord, 0);

        // Without sampling both directions are the same pair of Gaussians.
        var symmetric = history.Phases.All(phase => phase.Mechanism.SampleRate == 1);
        return symmetric ? with : Math.Max(with, Epsilon(history, delta, Neighbour.WithoutRecord, with));
    }

    /// <param name="enough">A bound below this needs no refinement.</param>
    private static double Epsilon(PrivacyHistory history, double delta, Neighbour on, double enough)
    {
        var composition = Composition.Plan(history, delta, on);
        var (size, epsilon) = (FirstSize, composition.Epsilon(FirstSize));
        var finer = 2 * size;
        while (epsilon > enough && finer <= LargestSize)
        {
            var next = Math.Min(epsilon, composition.Epsilon(finer));
            var error = (epsilon - next) / ((Math.ScaleB(1, 2 * int.Log2(finer / size))) - 1);
            (size, epsilon) = (finer, next);
            var tolerable = (RelativeAccuracy * epsilon) + AbsoluteAccuracy;
            if (error <= tolerable)
            {
                break;
            }

            // A quarter of the error for each doubling.
            var doublings = Math.Max(1, (int)Math.Ceiling(Math.Log2(error / tolerable) / 2));
            finer = size < LargestSize ? (int)Math.Min(LargestSize, (long)size << doublings) : int.MaxValue;
        }

        return epsilon;
    }
}
