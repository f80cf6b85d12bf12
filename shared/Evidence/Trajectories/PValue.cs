using System.Globalization;

namespace Lace.Evidence.Trajectories;

/// <summary>How a p-value is written for people.</summary>
public static class PValue
{
    /// <summary>Below this the normal tail is an extrapolation far beyond anything that was measured, so no digits are given.</summary>
    public const double Smallest = 1e-15;

    /// <summary>Such as <c>p = 0.23</c>, <c>p = 4.1e-04</c>, <c>p &lt; 1e-15</c>.</summary>
    public static string Text(double p) =>
        p < Smallest ? "p < 1e-15"
        : p >= 0.001 ? "p = " + p.ToString("0.000", CultureInfo.InvariantCulture)
        : "p = " + p.ToString("0.0e-00", CultureInfo.InvariantCulture);
}
