using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Attest;

/// <summary>Sends the parts of a fingerprint filter that the service does not have yet, a few at a time.</summary>
internal sealed class FilterUploads(LaceApi api, AttestationProgress progress, int jobs)
{
    private const int AtOnce = 4;

    private int sent;

    /// <summary>Parts that the service did not have yet.</summary>
    public int Sent => sent;

    public async Task<FilterStatement> SendAsync(FilterBuilder builder, CancellationToken cancellationToken)
    {
        var filter = await Task.Run(() => builder.Build(jobs, cancellationToken), cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, FilterPart.CountOf(filter.Blocks)).Where(part => !progress.HasPart(part)),
            options,
            async (part, stop) =>
            {
                var bytes = FilterPart.Write(filter, progress.Id, part);
                await api.PutAsync($"v1/attestations/{progress.Id}/filter/{part}", bytes, stop);
                Interlocked.Increment(ref sent);
            }
        );
        var counts = builder.Counts;
        return new FilterStatement(
            BlockTree.Head(filter, jobs).ToString(),
            filter.Blocks,
            counts.Keys,
            builder.Distinct,
            filter.Fill().Bits,
            counts.ShortRecords,
            builder.Settings.Tier == FingerprintTier.Public ? SkippedCounts.Of(counts.Skipped) : null
        );
    }
}
