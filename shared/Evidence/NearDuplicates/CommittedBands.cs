using System.Text.Json.Serialization;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// What the signed dataset statement says of the filter for near-duplicates (docs/formats/fingerprints.md). Tier, salt and key are those of the filter
/// of fingerprints beside it.
/// </summary>
/// <param name="Scheme"><see cref="MinHashScheme.Name"/>: normalisation, tokens and hashes follow from it.</param>
/// <param name="Shingle">Tokens of a shingle.</param>
/// <param name="Hashes">Bits that a key sets.</param>
/// <param name="Keys">Band keys of all records, repeated ones included; the owner's word.</param>
/// <param name="Distinct">Different ones, by HyperLogLog; the size follows from it.</param>
/// <param name="Popcount">Bits that are set, as the function counted them.</param>
/// <param name="FalsePositiveRate">Of exactly this filter, as the function computed it.</param>
/// <param name="ShortRecords">Records too short for bands; the owner's word.</param>
public sealed record CommittedBands(
    string Scheme,
    int Bands,
    int Rows,
    int Shingle,
    int Hashes,
    long Blocks,
    long Keys,
    long Distinct,
    long Popcount,
    double FalsePositiveRate,
    long ShortRecords,
    MerkleHash Root
)
{
    /// <summary>Whether this program knows the scheme and the figures are possible.</summary>
    [JsonIgnore]
    public bool IsValid =>
        Scheme == MinHashScheme.Name
        && (Bands, Rows, Shingle, Hashes)
            == (MinHashScheme.Bands, MinHashScheme.Rows, MinHashScheme.Shingle, BlockedBloomFilter.Hashes)
        && Keys % MinHashScheme.Bands == 0
        && FilterFigures.ArePossible(Blocks, Keys, Distinct, Popcount, FalsePositiveRate, ShortRecords);
}
