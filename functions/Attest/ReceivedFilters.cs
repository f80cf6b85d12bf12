using Lace.Evidence.Fingerprints;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;

namespace Lace.Functions.Attest;

/// <summary>Checks the filters that were received for an attestation against what its owner says they are.</summary>
internal sealed class ReceivedFilters(StoredFilters filters)
{
    /// <summary>Whether a completed attestation has the filters that are stated again.</summary>
    public static bool IsSame(AttestedFilter? filter, StatedFilter? stated) =>
        filter is null
            ? stated is null
            : stated
                == new StatedFilter(
                    filter.Root!,
                    filter.Blocks!.Value,
                    filter.Keys!.Value,
                    filter.Distinct!.Value,
                    filter.Popcount!.Value,
                    filter.ShortRecords!.Value,
                    filter.Skipped,
                    filter.NearDuplicates is { } bands
                        ? new StatedBands(
                            bands.Root!,
                            bands.Blocks!.Value,
                            bands.Keys!.Value,
                            bands.Distinct!.Value,
                            bands.Popcount!.Value,
                            bands.ShortRecords!.Value
                        )
                        : null
                );

    /// <summary>The filters as they are committed; or why they are refused.</summary>
    public async Task<(AttestedFilter? Filter, Problem? Refusal)> CheckAsync(
        TenantId tenant,
        Attestation attestation,
        StatedFilter? stated,
        CancellationToken cancellationToken
    )
    {
        if (attestation.Fingerprints is not { } described || stated is null)
        {
            return attestation.Fingerprints is null && stated is null
                ? (null, null)
                : (
                    null,
                    new Problem(
                        StatusCodes.Status422UnprocessableEntity,
                        "filter_missing",
                        "An attestation that was begun with a fingerprint filter is completed with it, another without."
                    )
                );
        }

        if (AttestRules.Check(stated, described) is { } broken)
        {
            return (null, broken);
        }

        var received = await ReceiveAsync(
            tenant,
            attestation.Id,
            FilterContent.Fingerprints,
            "fingerprint filter",
            cancellationToken
        );
        if (received.Compare(stated.Root, stated.Blocks, stated.Distinct, stated.Popcount) is { } refusal)
        {
            return (null, refusal);
        }

        var filter = received.State(described, stated);
        if (described.NearDuplicates is not { } bands || stated.NearDuplicates is not { } statedBands)
        {
            return (filter, null);
        }

        received = await ReceiveAsync(
            tenant,
            attestation.Id,
            FilterContent.Bands,
            "filter for near-duplicates",
            cancellationToken
        );
        return
            received.Compare(statedBands.Root, statedBands.Blocks, statedBands.Distinct, statedBands.Popcount)
                is { } unfit
            ? (null, unfit)
            : (filter with { NearDuplicates = received.State(bands, statedBands) }, null);
    }

    private async Task<ReceivedFilter> ReceiveAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        string name,
        CancellationToken cancellationToken
    )
    {
        var received = new ReceivedFilter(name);
        await foreach (var (number, part) in filters.PartsAsync(tenant, id, content, cancellationToken))
        {
            received.Add(number, part);
        }

        return received;
    }
}
