using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Attest;

/// <summary>Sends the parts of the filters of an attestation that the service does not have yet, a few at a time.</summary>
internal sealed class FilterUploads(LaceApi api, AttestationProgress progress, int jobs)
{
    private const int AtOnce = 4;

    private int sent;

    /// <summary>Parts that the service did not have yet.</summary>
    public int Sent => sent;

    public async Task<FilterStatement> SendAsync(FilterBuilder builder, CancellationToken cancellationToken)
    {
        var (filter, root) = await SendAsync(builder, FilterContent.Fingerprints, cancellationToken);
        var counts = builder.Counts;
        return new FilterStatement(
            root,
            filter.Blocks,
            counts.Keys,
            builder.Distinct,
            filter.Fill().Bits,
            counts.ShortRecords,
            builder.Settings.Tier == FingerprintTier.Public ? SkippedCounts.Of(counts.Skipped) : null,
            builder.Bands is null ? null : await SendBandsAsync(builder.Bands, cancellationToken)
        );
    }

    private async Task<BandsStatement> SendBandsAsync(FilterBuilder bands, CancellationToken cancellationToken)
    {
        var (filter, root) = await SendAsync(bands, FilterContent.Bands, cancellationToken);
        return new BandsStatement(
            root,
            filter.Blocks,
            bands.Counts.Keys,
            bands.Distinct,
            filter.Fill().Bits,
            bands.Counts.ShortRecords
        );
    }

    private async Task<(BlockedBloomFilter Filter, string Root)> SendAsync(
        FilterBuilder builder,
        FilterContent content,
        CancellationToken cancellationToken
    )
    {
        var filter = await Task.Run(() => builder.Build(jobs, cancellationToken), cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        var path = $"v1/attestations/{progress.Id}/{(content == FilterContent.Bands ? "bands" : "filter")}";
        await Parallel.ForEachAsync(
            Enumerable.Range(0, FilterPart.CountOf(filter.Blocks)).Where(part => !progress.HasPart(content, part)),
            options,
            async (part, stop) =>
            {
                var bytes = FilterPart.Write(filter, progress.Id, part, content);
                await api.PutAsync($"{path}/{part}", bytes, stop);
                Interlocked.Increment(ref sent);
            }
        );
        return (filter, BlockTree.Head(filter, jobs).ToString());
    }
}
