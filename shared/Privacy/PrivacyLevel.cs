namespace Lace.Privacy;

/// <summary>A word for an ε, by the usual rule of thumb. A convention, no theorem: what ε means depends on the attack.</summary>
/// <param name="Name">As programs see it.</param>
/// <param name="Most">Largest ε of the level.</param>
/// <param name="Advice">What it is commonly held to be good for.</param>
public sealed record PrivacyLevel(string Name, double Most, string Advice)
{
    /// <summary>From the strictest to the weakest.</summary>
    public static IReadOnlyList<PrivacyLevel> All { get; } =
    [
        new("strong", 1, "sensitive personal data"),
        new("moderate", 8, "the usual range of published private training"),
        new("weak", 16, "limits what a single record contributes, little more"),
        new("minimal", double.PositiveInfinity, "no meaningful protection by the number alone"),
    ];

    public static PrivacyLevel Of(double epsilon) => All.First(level => !(epsilon > level.Most));
}
