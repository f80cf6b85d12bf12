using System.Collections.Concurrent;
using System.Globalization;
using Lace.Privacy;

namespace Lace.Functions.Train;

/// <summary>ε of histories that were asked for before: by PLD it takes a tenth of a second, and clients ask often.</summary>
internal sealed class Epsilons
{
    private const int MostKept = 4096;

    private readonly ConcurrentDictionary<string, double> kept = new(StringComparer.Ordinal);

    /// <summary>An upper bound on ε at δ.</summary>
    public double Of(Accountant accountant, PrivacyHistory history, double delta)
    {
        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"{accountant} {delta:R} {string.Join(';', history.Phases.Select(Describe))}"
        );
        if (kept.TryGetValue(key, out var known))
        {
            return known;
        }

        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        return kept[key] = accountant.Epsilon(history, delta);
    }

    private static string Describe(Phase phase) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{phase.Mechanism.SampleRate:R},{phase.Mechanism.NoiseMultiplier:R},{phase.Steps}"
        );
}
