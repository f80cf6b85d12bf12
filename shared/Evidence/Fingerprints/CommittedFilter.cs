using System.Text.Json.Serialization;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>What the signed dataset statement says of the filter (docs/formats/fingerprints.md).</summary>
/// <param name="Scheme"><see cref="FingerprintScheme.Name"/>: normalisation, gram and hashes follow from it.</param>
/// <param name="Salt">32 hex digits.</param>
/// <param name="Keys">Fingerprints of all records, repeated ones included; the owner's word.</param>
/// <param name="Distinct">Different ones, by HyperLogLog; the size follows from it.</param>
/// <param name="Popcount">Bits that are set, as the function counted them.</param>
/// <param name="FalsePositiveRate">Of exactly this filter, as the function computed it.</param>
/// <param name="ShortRecords">Records too short for a fingerprint; the owner's word.</param>
/// <param name="Skipped">Only of a public filter; the owner's word.</param>
/// <param name="KeySha256">Commitment to the key of a keyed filter.</param>
/// <param name="NearDuplicates">The filter beside this one; null where none was committed, as in statements of older versions.</param>
public sealed record CommittedFilter(
    string Scheme,
    FingerprintTier Tier,
    FilterAccess Access,
    string Salt,
    int Gram,
    int Window,
    int Hashes,
    long Blocks,
    long Keys,
    long Distinct,
    long Popcount,
    double FalsePositiveRate,
    long ShortRecords,
    MerkleHash Root,
    SkippedCounts? Skipped = null,
    MerkleHash? KeySha256 = null,
    CommittedBands? NearDuplicates = null
)
{
    /// <summary>The filter for near-duplicates; null where there is none that this program knows.</summary>
    [JsonIgnore]
    public CommittedBands? Bands =>
        NearDuplicates is { IsValid: true } bands && MinHashScheme.IsFor(Tier) ? bands : null;

    /// <summary>The settings without the key; null where the salt is none.</summary>
    [JsonIgnore]
    public byte[]? SaltBytes => SaltOf(Salt);

    /// <summary>Whether this program knows the scheme and the figures are possible.</summary>
    [JsonIgnore]
    public bool IsValid =>
        Scheme == FingerprintScheme.Name
        && Enum.IsDefined(Tier)
        && Enum.IsDefined(Access)
        && SaltBytes is not null
        && (Gram, Window, Hashes) == (FingerprintScheme.Gram, FingerprintScheme.Window, BlockedBloomFilter.Hashes)
        && FilterFigures.ArePossible(Blocks, Keys, Distinct, Popcount, FalsePositiveRate, ShortRecords)
        && (Tier == FingerprintTier.Public) == Skipped is not null
        && (Tier == FingerprintTier.Keyed) == KeySha256 is not null;

    /// <summary>The 16 bytes of a salt; null where the text is not 32 lower-case hex digits.</summary>
    public static byte[]? SaltOf(string? hex) =>
        hex is { Length: 2 * FingerprintScheme.SaltSize } && hex.All(char.IsAsciiHexDigitLower)
            ? Convert.FromHexString(hex)
            : null;
}

/// <summary>Whose questions the service answers.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FilterAccess>))]
public enum FilterAccess
{
    /// <summary>Of every caller with a key of the service, each counted and limited.</summary>
    [JsonStringEnumMemberName("callers")]
    Callers,

    /// <summary>Of the owner alone.</summary>
    [JsonStringEnumMemberName("owner")]
    Owner,
}

/// <summary><see cref="SkippedGrams"/> as it is signed.</summary>
public sealed record SkippedCounts(long Personal, long Digits, long Repetitive)
{
    public static SkippedCounts Of(SkippedGrams skipped) => new(skipped.Personal, skipped.Digits, skipped.Repetitive);
}
