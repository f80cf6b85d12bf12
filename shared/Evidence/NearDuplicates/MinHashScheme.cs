using Lace.Evidence.Fingerprints;

namespace Lace.Evidence.NearDuplicates;

/// <summary>The figures of the scheme MH-1 (docs/formats/fingerprints.md). Another figure is another scheme with another name.</summary>
/// <remarks>
/// Why five rows: a band is hit with the probability J^5 by one record of similarity J. Unrelated texts have a J of 0.01 or so, which a million records
/// raise to a chance of 0.0001 a band; with four rows it would be 0.01. Of records with a J of 0.7 one in ten is missed, with six rows three
/// (docs/benchmarks.md has what was measured).
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
    /// Bins that have a shingle of their own, at least: a text with fewer (of about 111 different shingles, 650 bytes of English) has no bands. It depends on the
    /// set alone, so that repetition makes no text longer. With fewer the filter would take more than a tenth of the size of such records.
    /// </summary>
    public const int MinBins = Bins / 2;

    /// <summary>
    /// Whether a filter of a tier has one for near-duplicates beside it. Not a public one: of a form with one unknown entry the bands that depend on the
    /// entry tell, without a limit, which value is right. FP-1 leaves such windows out; a band has none, as its minima are of the whole record.
    /// </summary>
    public static bool IsFor(FingerprintTier tier) => tier != FingerprintTier.Public;
}
