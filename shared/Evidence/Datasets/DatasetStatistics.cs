namespace Lace.Evidence.Datasets;

/// <summary>What the owner states of a dataset beside its root (protocol §4). The service cannot check these.</summary>
/// <param name="Bytes">Canonical bytes of all records.</param>
/// <param name="TrainedBytes">Bytes of their trained parts.</param>
/// <param name="Duplicates">Records whose canonical bytes had occurred before.</param>
/// <param name="DuplicatesSample">1 where duplicates were counted; n where they were estimated from one in n records, as there were too many to hold.</param>
/// <param name="Longest">Canonical bytes of the longest record.</param>
/// <param name="Shortest">Canonical bytes of the shortest record.</param>
/// <param name="EmptyLines">Lines that were skipped as empty.</param>
/// <param name="InvalidUtf8">Records that are not valid UTF-8.</param>
/// <param name="EntropyBitsPerByte">Order-0 entropy of the trained bytes that <paramref name="TextSample"/> says.</param>
/// <param name="Scripts">Share of each script among their letters, largest first, those of at least 0.1 %.</param>
/// <param name="TextSample">n where byte models, entropy and scripts are of one in n records, as there was too much text to hold; null where they are of all.</param>
public sealed record DatasetStatistics(
    long Bytes,
    long TrainedBytes,
    long Duplicates,
    long DuplicatesSample,
    long Longest,
    long Shortest,
    long EmptyLines,
    long InvalidUtf8,
    double EntropyBitsPerByte,
    IReadOnlyDictionary<string, double> Scripts,
    long? TextSample = null
);
