using System.Text.Json.Serialization;
using Lace.Evidence.Fingerprints;

namespace Lace.Evidence.NearDuplicates;

/// <summary>What the bands of a text that are in a filter say.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NearVerdict>))]
public enum NearVerdict
{
    /// <summary>Neither of the others.</summary>
    [JsonStringEnumMemberName("UNDECIDED")]
    Undecided,

    /// <summary>No more bands than the filter finds by chance.</summary>
    [JsonStringEnumMemberName("NOT_FOUND")]
    NotFound,

    /// <summary>More bands than the filter finds by chance: a record like the text is likely there.</summary>
    [JsonStringEnumMemberName("NEAR")]
    Near,
}

/// <summary>The verdict on near-duplicates of one text, apart from that on its runs (docs/formats/fingerprints.md).</summary>
/// <param name="Bands">Bands that were asked for: 32, or none of a text that is too short.</param>
/// <param name="Hits">Bands that the filter has.</param>
/// <param name="HitBands">Their numbers, from 0, ascending.</param>
/// <param name="NearFrom">Hits from which a text is near.</param>
/// <param name="ByChance">Probability that the filter alone, without any record like the text, gives as many; for each text that is asked for.</param>
/// <param name="EstimatedSimilarity">Jaccard similarity of the shingles if all hits are of one record; null where there are too few.</param>
public sealed record NearFindings(
    NearVerdict Verdict,
    string Reason,
    int Bands,
    int Hits,
    IReadOnlyList<int> HitBands,
    int NearFrom,
    double ByChance,
    double? EstimatedSimilarity = null
)
{
    private const int NotFoundHits = 1;
    private const int LeastNearHits = 3;

    /// <summary>What chance may reach: three bands of 32 at 16 bits a key.</summary>
    private const double NearByChance = 1e-5;

    /// <summary>What the hits leave open, whatever the verdict.</summary>
    public static IReadOnlyList<string> Limits { get; } =
    [
        "Near-duplicates: that the bands are of one record; several records may each share a few with the text, and the estimate assumes one.",
        "Near-duplicates: a paragraph of a long record: whole texts are compared with whole records, and fewer than 3 words in a row with none.",
        "Near-duplicates: paraphrase and translation. Of records with a Jaccard similarity of 0.7 about one in ten is missed, of those with 0.5 nine in ten (measured on English text).",
    ];

    /// <summary>Why nothing is asked about near-duplicates of a text without bands; no verdict is no NOT_FOUND.</summary>
    public static string WhyNot(CommittedFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return filter.Bands is not null
                ? "the text is too short for bands: they need about 110 different rows of three words"
            : MinHashScheme.IsFor(filter.Tier) ? "the attestation has no such filter"
            : "the attestation has no such filter, as its fingerprints are public";
    }

    /// <param name="found">Of each band whether the filter has it.</param>
    /// <param name="rate">False positives of the filter.</param>
    public static NearFindings Of(IReadOnlyList<bool> found, double rate)
    {
        ArgumentNullException.ThrowIfNull(found);
        int[] hit = [.. Enumerable.Range(0, found.Count).Where(band => found[band])];
        var from = NearFromHits(found.Count, rate);
        var (verdict, reason) = Judge(hit.Length, from);
        return new NearFindings(
            verdict,
            reason,
            found.Count,
            hit.Length,
            hit,
            from,
            FalsePositives.Tail(found.Count, rate, from),
            hit.Length > NotFoundHits ? Similarity((double)hit.Length / found.Count, rate) : null
        );
    }

    /// <summary>The least number of hits that so many bands do not reach by the filter's chance.</summary>
    public static int NearFromHits(int bands, double rate)
    {
        var hits = LeastNearHits;
        while (hits <= bands && FalsePositives.Tail(bands, rate, hits) > NearByChance)
        {
            hits++;
        }

        return hits;
    }

    /// <summary>Of a band the probability to be hit is J^5 and what the filter adds: the J that fits a share of hits.</summary>
    private static double Similarity(double share, double rate) =>
        rate >= 1 ? 0 : Math.Pow(Math.Max(0, (share - rate) / (1 - rate)), 1.0 / MinHashScheme.Rows);

    private static (NearVerdict Verdict, string Reason) Judge(int hits, int from) =>
        hits >= from ? (NearVerdict.Near, $"{hits} bands are in the filter, and {from} are more than its chance finds.")
        : hits <= NotFoundHits
            ? (
                NearVerdict.NotFound,
                hits == 0 ? "No band is in the filter." : "One band is in the filter, as chance may have it."
            )
        : (NearVerdict.Undecided, $"{hits} bands are in the filter: too many for chance, too few to be near.");
}
