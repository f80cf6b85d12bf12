using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Functions.Problems;
using Lace.Functions.Storage;

namespace Lace.Functions.Attest;

/// <summary>The limits of protocol §4 that the types of a request do not say. Each answers the first rule broken, or null.</summary>
internal static class AttestRules
{
    public const int MaxNameLength = 200;
    public const int MaxMetadataPairs = 50;
    public const int MaxPairLength = 500;
    public const int MaxReasonLength = 1000;

    /// <summary>17 billion records.</summary>
    public const int MaxChunks = 1 << 20;

    private const int MaxScripts = 200;

    public static Problem? Check(CreateAttestation request)
    {
        var (dataset, name, metadata, plan, _) = request;
        return name is { Length: > MaxNameLength } || (name ?? "").Any(char.IsControl)
                ? Problem.Invalid($"name has more than {MaxNameLength} characters, or one that is a control character.")
            : metadata is { Count: > MaxMetadataPairs }
                ? Problem.Invalid($"metadata has more than {MaxMetadataPairs} pairs.")
            : metadata is not null
            && metadata.Any(pair => pair.Value is null || pair.Key.Length + pair.Value.Length > MaxPairLength)
                ? Problem.Invalid($"A pair of metadata has no value, or more than {MaxPairLength} characters.")
            : !Enum.IsDefined(dataset.Format)
                ? Problem.Invalid("dataset.format is not one of the formats of protocol §4.")
            : !dataset.Part.IsValid
                ? Problem.Invalid(
                    "dataset.part needs a field for its kind, without control characters, or has one too many."
                )
            : dataset.Sources < 1 ? Problem.Invalid("dataset.sources counts the files: at least 1.")
            : request.Fingerprints is { } filter && !(Enum.IsDefined(filter.Tier) && Enum.IsDefined(filter.Access))
                ? Problem.Invalid("fingerprints.tier is T0, T1 or T2, fingerprints.access is callers or owner.")
            : request.Fingerprints is { NearDuplicates: true, Tier: var tier } && !MinHashScheme.IsFor(tier)
                ? Problem.Invalid(
                    "fingerprints.near_duplicates is for tiers T1 and T2: a public filter has none beside it."
                )
            : plan is { IsValid: false }
                ? Problem.Invalid($"plan.epochs and plan.batch are from 1 to {TrainingPlan.Limit}.")
            : null;
    }

    public static Problem? Check(CompleteAttestation request)
    {
        var s = request.Statistics;
        long[] counts =
        [
            s.Bytes,
            s.TrainedBytes,
            s.Duplicates,
            s.DuplicatesSample,
            s.Longest,
            s.Shortest,
            s.EmptyLines,
            s.InvalidUtf8,
            s.TextSample ?? 2,
        ];
        return request.Records < 1 ? Problem.Invalid("records is at least 1: an empty dataset has no root.")
            : request.Chunks is < 1 or > MaxChunks ? Problem.Invalid($"chunks is from 1 to {MaxChunks}.")
            : counts.Any(count => count is < 0 or >= DatasetEntry.ValueLimit)
                ? Problem.Invalid("A count of the statistics is negative or not below 2^53.")
            : s.DuplicatesSample < 1 ? Problem.Invalid("duplicates_sample is at least 1.")
            : s.TextSample < 2 ? Problem.Invalid("text_sample is at least 2, or absent.")
            : s.EntropyBitsPerByte is not (>= 0 and <= 8) ? Problem.Invalid("entropy_bits_per_byte is from 0 to 8.")
            : s.Scripts.Count > MaxScripts
            || s.Scripts.Any(share => share.Key.Length > 50 || share.Value is not (>= 0 and <= 1))
                ? Problem.Invalid("scripts names each script once, with a share from 0 to 1.")
            : null;
    }

    public static Problem? Check(StatedFilter stated, AttestedFilter described)
    {
        long[] counts = [stated.Keys, stated.Distinct, stated.Popcount, stated.ShortRecords];
        long[] skipped = stated.Skipped is { } left ? [left.Personal, left.Digits, left.Repetitive] : [];
        return stated.Blocks is < 1 or > BlockedBloomFilter.MaxBlocks
                ? Problem.Invalid($"fingerprints.blocks is from 1 to {BlockedBloomFilter.MaxBlocks}.")
            : counts.Concat(skipped).Any(count => count is < 0 or >= DatasetEntry.ValueLimit)
                ? Problem.Invalid("A count of the fingerprints is negative or not below 2^53.")
            : stated.Blocks != BlockedBloomFilter.BlocksFor(stated.Distinct)
                ? Problem.Invalid("fingerprints.blocks is not the size of a filter of so many different keys.")
            : (stated.Skipped is not null) != (described.Tier == FingerprintTier.Public)
                ? Problem.Invalid("fingerprints.skipped counts what a public filter leaves out, and only that.")
            : (stated.NearDuplicates is null) != (described.NearDuplicates is null)
                ? Problem.Invalid(
                    "fingerprints.near_duplicates states the filter that the attestation was begun with, or is absent where there is none."
                )
            : stated.NearDuplicates is { } bands ? Check(bands)
            : null;
    }

    private static Problem? Check(StatedBands stated)
    {
        long[] counts = [stated.Keys, stated.Distinct, stated.Popcount, stated.ShortRecords];
        return counts.Any(count => count is < 0 or >= DatasetEntry.ValueLimit)
                ? Problem.Invalid("A count of the bands is negative or not below 2^53.")
            : stated.Keys % MinHashScheme.Bands != 0
                ? Problem.Invalid($"fingerprints.near_duplicates.keys are {MinHashScheme.Bands} of each record.")
            : stated.Blocks > BlockedBloomFilter.MaxBlocks
            || stated.Blocks != BlockedBloomFilter.BlocksFor(stated.Distinct)
                ? Problem.Invalid(
                    "fingerprints.near_duplicates.blocks is not the size of a filter of so many different keys."
                )
            : null;
    }

    public static Problem? Check(RevokeAttestation request) =>
        request.Reason.Length is < 1 or > MaxReasonLength
            ? Problem.Invalid($"reason has 1 to {MaxReasonLength} characters: people who verify will read it.")
            : null;
}
