using System.Text.Json.Serialization;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Functions.Storage;

namespace Lace.Functions.Attest;

/// <summary>What is to be attested, before any of it is sent.</summary>
internal sealed record CreateAttestation(
    DatasetDescription Dataset,
    string? Name = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    TrainingPlan? Plan = null,
    FilterRequest? Fingerprints = null
);

/// <summary>That a fingerprint filter will be sent, and who may ask it.</summary>
/// <param name="NearDuplicates">Whether a filter for near-duplicates will be sent too.</param>
internal sealed record FilterRequest(
    FingerprintTier Tier,
    FilterAccess Access = FilterAccess.Callers,
    bool NearDuplicates = false
);

/// <summary>What the fingerprints of this attestation are made with.</summary>
/// <param name="Salt">32 hex digits.</param>
/// <param name="Key">Base64 of 32 secret bytes; of a keyed filter only, given once, here.</param>
/// <param name="PartBlocks">Blocks of every part but the last: <c>PUT /v1/attestations/{id}/filter/{n}</c>.</param>
/// <param name="NearDuplicates">Whether a filter for near-duplicates is taken: <c>PUT /v1/attestations/{id}/bands/{n}</c>.</param>
internal sealed record FilterUploadPlan(string Salt, string? Key, int PartBlocks, bool NearDuplicates);

/// <summary>A part of a filter as received.</summary>
/// <param name="Root">64 hex digits: the tree head over its blocks.</param>
internal sealed record FilterPartReceipt(int Part, int Blocks, string Root);

/// <summary>What the owner says the filter is; refused where the parts say otherwise.</summary>
internal sealed record StatedFilter(
    string Root,
    long Blocks,
    long Keys,
    long Distinct,
    long Popcount,
    long ShortRecords,
    SkippedCounts? Skipped = null,
    StatedBands? NearDuplicates = null
);

/// <summary>The same of the filter for near-duplicates.</summary>
internal sealed record StatedBands(
    string Root,
    long Blocks,
    long Keys,
    long Distinct,
    long Popcount,
    long ShortRecords
);

/// <summary>Where to send the chunks: <c>PUT /v1/attestations/{id}/chunks/{n}</c> for n = 0, 1, …</summary>
/// <param name="ChunkRecords">Records of every chunk but the last.</param>
internal sealed record Upload(
    string Id,
    string Status,
    int ChunkRecords,
    DateTimeOffset CreatedAt,
    FilterUploadPlan? Fingerprints = null
);

/// <summary>A chunk as received.</summary>
/// <param name="Root">64 hex digits: the tree head over its records.</param>
internal sealed record ChunkReceipt(int Chunk, int Records, string Root);

/// <summary>What the owner says the dataset is; refused where the chunks say otherwise.</summary>
internal sealed record CompleteAttestation(
    long Records,
    string Root,
    int Chunks,
    DatasetStatistics Statistics,
    StatedFilter? Fingerprints = null
);

internal sealed record RevokeAttestation(string Reason);

/// <summary>One page, newest first.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record AttestationList(IReadOnlyList<AttestationSummary> Attestations, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CreateAttestation))]
[JsonSerializable(typeof(Upload))]
[JsonSerializable(typeof(ChunkReceipt))]
[JsonSerializable(typeof(FilterPartReceipt))]
[JsonSerializable(typeof(CompleteAttestation))]
[JsonSerializable(typeof(RevokeAttestation))]
[JsonSerializable(typeof(AttestationList))]
[JsonSerializable(typeof(Attestation))]
internal sealed partial class AttestJson : JsonSerializerContext;
