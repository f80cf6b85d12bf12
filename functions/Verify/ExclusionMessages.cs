using System.Text.Json.Serialization;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Functions.Verify;

/// <summary>A question: whether a text is in a committed dataset.</summary>
/// <param name="Salt">32 hex digits, as the statement has it: fingerprints under another salt would find nothing, whatever the text.</param>
/// <param name="Fingerprints">Of the text, in its order: eight bytes each, little-endian, in base64.</param>
/// <param name="Bands">The 32 band keys of the text in their order, in the same form; null: nothing is asked about near-duplicates.</param>
internal sealed record ExclusionQuestion(string AttestationId, string Salt, string Fingerprints, string? Bands = null);

/// <summary>Its answer, from which the caller computes the same findings.</summary>
/// <param name="Keys">Of a keyed filter: what became of each fingerprint; the service's word.</param>
/// <param name="Blocks">Base64 of the blocks that the question falls on, by ascending index, each once.</param>
/// <param name="Hashes">Base64 of 32 bytes each: the Merkle proof from these blocks to the root of the statement.</param>
internal sealed record ExclusionAnswer(
    string AttestationId,
    ExclusionFindings Findings,
    string? Keys,
    string Blocks,
    IReadOnlyList<string> Hashes,
    NearDuplicatesAnswer? NearDuplicates
);

/// <summary>What is said of near-duplicates, from the second filter.</summary>
/// <param name="Keys">Of a keyed filter: what became of each band; the service's word.</param>
/// <param name="Blocks">Base64 of the blocks that the bands fall on, by ascending index, each once.</param>
/// <param name="Hashes">Base64 of 32 bytes each: the Merkle proof from these blocks to the second root of the statement.</param>
internal sealed record NearDuplicatesAnswer(
    NearFindings Findings,
    string? Keys,
    string Blocks,
    IReadOnlyList<string> Hashes
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExclusionQuestion))]
[JsonSerializable(typeof(ExclusionAnswer))]
internal sealed partial class ExclusionJson : JsonSerializerContext;
