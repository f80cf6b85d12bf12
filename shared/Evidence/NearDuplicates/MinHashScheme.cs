using Lace.Evidence.Fingerprints;

namespace Lace.Evidence.NearDuplicates;

/// <summary>The figures of the scheme MH-1 (docs/formats/fingerprints.md). Another figure is another scheme with another name.</summary>
/// <remarks>
/// Why five rows: a band is hit with the probability J^5 by one record of similarity J. Unrelated texts have a J of 0.01 or so, which a million records
/// raise to a chance of 0.0001 a band; with four rows it would be 0.01, and with six half of what has a J of 0.7 would be found in fewer bands than
/// a report needs. Measured in docs/benchmarks.md.
/// </remarks>
public static class MinHashScheme
{
    public const string Name = "MH-1";

    /// <summary>Keys of a text.</summary>
    public const int Bands = 32;

    /// <summary>Minima that a band is made of.</summary>
    public const int Rows = 5;

    /// <summary>Ranges of hashes of which each gives one minimum.</summary>
    public const int Bins = Bands * Rows;

    /// <summary>Tokens in a row that are compared as one.</summary>
    public const int Shingle = 3;

    /// <summary>
    /// Bins that have a shingle of their own, at least: a text with fewer (about 46 different shingles) has no bands. It depends on the set alone,
    /// so that repetition does not make a text longer.
    /// </summary>
    public const int MinBins = Bins / 4;

    /// <summary>Whether a tier has bands. Not the public one: see <see cref="CommittedBands"/>.</summary>
    public static bool IsFor(FingerprintTier tier) => tier != FingerprintTier.Public;
}
