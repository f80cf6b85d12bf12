namespace Lace.Privacy.LossDistributions;

/// <summary>ε from the distribution of the privacy loss, composed by Fourier transform (arXiv 2106.02848, 2207.04380).</summary>
/// <remarks>
/// Every grid gives an upper bound. We halve the grid until the bound moves by less than three times the accuracy; its
/// error falls with the square of the grid's width, so what is left is about a third of the last move.
/// </remarks>
internal static class PldAccountant
{
    private const double Accuracy = 1e-4;
    private const int FirstSize = 1 << 12;
    private const int LargestSize = 1 << 20;

    public static double Epsilon(PrivacyHistory history, double delta)
    {
        var with = Epsilon(history, delta, Neighbour.WithRecord);

        // Without sampling both directions are the same pair of Gaussians.
        var symmetric = history.Phases.All(phase => phase.Mechanism.SampleRate == 1);
        return symmetric ? with : Math.Max(with, Epsilon(history, delta, Neighbour.WithoutRecord));
    }

    private static double Epsilon(PrivacyHistory history, double delta, Neighbour on)
    {
        var composition = Composition.Plan(history, delta, on);
        var epsilon = double.PositiveInfinity;
        for (var size = FirstSize; size <= LargestSize; size *= 2)
        {
            var finer = composition.Epsilon(size);
            var move = epsilon - finer;
            epsilon = Math.Min(epsilon, finer);
            if (move <= 3 * Accuracy * epsilon)
            {
                break;
            }
        }

        return epsilon;
    }
}
