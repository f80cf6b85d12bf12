using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Functions.Storage;

namespace Lace.Functions.Attest;

/// <summary>The statement <c>dataset/v1</c> of a completed attestation.</summary>
internal static class DatasetStatement
{
    public static Statement Of(Attestation complete)
    {
        var (format, part, sources, records, chunks, chunkRecords, root, statistics, totals) = complete.Dataset;
        var subject = MerkleHash.TryParse(root, out var hash)
            ? hash
            : throw new ArgumentException("A completed attestation has a root.", nameof(complete));
        return Statement.Create(
            complete.Id,
            subject,
            PredicateTypes.Dataset,
            new DatasetPredicate(
                complete.Id,
                new CommittedDataset(
                    format,
                    part,
                    sources,
                    records!.Value,
                    chunks!.Value,
                    chunkRecords,
                    subject,
                    statistics!,
                    totals!
                ),
                complete.CreatedAt,
                complete.CompletedAt!.Value,
                complete.Name,
                complete.Metadata,
                complete.Plan,
                complete.Prediction is { } prediction ? SignedPrediction.Of(prediction) : null,
                Fingerprints: complete.Fingerprints?.Committed()
            )
        );
    }
}
