using Lace.Privacy.LossDistributions;
using Lace.Privacy.Renyi;

namespace Lace.Privacy;

/// <summary>How ε is computed from a history. Each gives an upper bound; the smaller of two bounds holds.</summary>
public enum Accountant
{
    /// <summary>Rényi differential privacy. Fast, some percent above the smallest ε.</summary>
    Rdp,

    /// <summary>Privacy loss distribution. The smallest ε up to a rounding that only raises it.</summary>
    Pld,
}

/// <summary>The names of accountants, and the two questions one can ask them.</summary>
public static class AccountantExtensions
{
    /// <summary>Smallest and largest δ that is answered.</summary>
    public const double LeastDelta = 1e-30;

    public const double MostDelta = 0.5;

    /// <summary>The names of the training API: <c>rdp</c>; <c>moments</c>, which is the same method; <c>pld</c>, <c>prv</c>.</summary>
    public static bool TryParse(string? name, out Accountant accountant)
    {
        accountant = name is "pld" or "prv" ? Accountant.Pld : Accountant.Rdp;
        return name is "rdp" or "moments" or "pld" or "prv";
    }

    /// <summary>Why no ε is computed for this δ, as a sentence; null where one is.</summary>
    public static string? DeltaRefusal(double delta) =>
        delta is >= LeastDelta and <= MostDelta ? null : $"δ is {delta}; it is from {LeastDelta} to {MostDelta}.";

    /// <summary>An upper bound on ε at δ; at least 0.</summary>
    /// <param name="delta">From <see cref="LeastDelta"/> to <see cref="MostDelta"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is outside that range.</exception>
    public static double Epsilon(this Accountant accountant, PrivacyHistory history, double delta)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (DeltaRefusal(delta) is { } refusal)
        {
            throw new ArgumentOutOfRangeException(nameof(delta), refusal);
        }

        return history.Phases.IsEmpty ? 0
            : accountant == Accountant.Pld ? PldAccountant.Epsilon(history, delta)
            : RdpAccountant.Epsilon(history, delta);
    }
}
