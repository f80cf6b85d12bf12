using System.Security.Cryptography;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lace.Functions.Attest;

/// <summary>Takes one part of a filter: as <see cref="ChunkUpload"/>, and adds the nodes from which blocks are opened.</summary>
internal sealed class FilterUpload(Attestations attestations, StoredFilters filters)
{
    public static Task<Results<Created<FilterPartReceipt>, Ok<FilterPartReceipt>, Problem>> PutAsync(
        string id,
        int n,
        CurrentTenant tenant,
        HttpRequest request,
        [FromHeader(Name = "Content-Digest")] string? contentDigest,
        FilterUpload upload,
        CancellationToken cancellationToken
    ) => upload.ReceiveAsync(tenant.Id, id, FilterContent.Fingerprints, n, request, contentDigest, cancellationToken);

    public static Task<Results<Created<FilterPartReceipt>, Ok<FilterPartReceipt>, Problem>> PutBandsAsync(
        string id,
        int n,
        CurrentTenant tenant,
        HttpRequest request,
        [FromHeader(Name = "Content-Digest")] string? contentDigest,
        FilterUpload upload,
        CancellationToken cancellationToken
    ) => upload.ReceiveAsync(tenant.Id, id, FilterContent.Bands, n, request, contentDigest, cancellationToken);

    private async Task<Results<Created<FilterPartReceipt>, Ok<FilterPartReceipt>, Problem>> ReceiveAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        HttpRequest request,
        string? contentDigest,
        CancellationToken cancellationToken
    )
    {
        var (bytes, sha256, refusal) = await DigestedBody.ReadAsync(
            request,
            contentDigest,
            FilterPart.MaxLength,
            cancellationToken
        );
        return refusal ?? await KeepAsync(tenant, id, content, number, bytes, sha256, cancellationToken);
    }

    private async Task<Results<Created<FilterPartReceipt>, Ok<FilterPartReceipt>, Problem>> KeepAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        ReadOnlyMemory<byte> bytes,
        string sha256,
        CancellationToken cancellationToken
    )
    {
        if (await attestations.GetAsync(tenant, id, cancellationToken) is not { Document: var attestation })
        {
            return Problem.NotFound("attestation");
        }

        if (!Has(attestation, content) || number >= FilterPart.CountOf(BlockedBloomFilter.MaxBlocks))
        {
            return Problem.Invalid("This attestation was begun without this filter, or no filter has so many parts.");
        }

        if (await filters.GetAsync(tenant, id, content, number, cancellationToken) is { } earlier)
        {
            return earlier.Sha256 == sha256 ? TypedResults.Ok(Receipt(number, earlier)) : Conflict(number);
        }

        if (Completion.Closed(attestation) is { } closed)
        {
            return closed;
        }

        if (FilterPart.Read(bytes, id, number, content) is not { } blocks)
        {
            return new Problem(
                StatusCodes.Status422UnprocessableEntity,
                "filter_part_malformed",
                $"The body is not part {number} of the filter of {id}."
            );
        }

        var part = Describe(number, blocks.Span, sha256, out var nodes);
        byte[] kept = [.. blocks.Span, .. nodes.SelectMany(node => node.ToArray())];
        var stored = await filters.PutAsync(tenant, id, content, number, part, kept, cancellationToken);
        return ReferenceEquals(stored, part) ? TypedResults.Created((string?)null, Receipt(number, stored))
            : stored.Sha256 == sha256 ? TypedResults.Ok(Receipt(number, stored))
            : Conflict(number);
    }

    private static bool Has(Attestation attestation, FilterContent content) =>
        content == FilterContent.Bands
            ? attestation.Fingerprints?.NearDuplicates is not null
            : attestation.Fingerprints is not null;

    private static StoredFilterPart Describe(
        int number,
        ReadOnlySpan<byte> blocks,
        string sha256,
        out MerkleHash[] nodes
    )
    {
        nodes = FilterPart.Nodes(number, blocks);
        var fill = new BlockFill();
        fill.Add(blocks);
        return new StoredFilterPart(
            sha256,
            blocks.Length / BlockedBloomFilter.BlockSize,
            MerkleTree.Head(nodes).ToString(),
            [.. fill.Histogram.Select((count, bits) => (long[])[bits, count]).Where(pair => pair[1] > 0)]
        );
    }

    private static FilterPartReceipt Receipt(int number, StoredFilterPart part) => new(number, part.Blocks, part.Root);

    private static Problem Conflict(int number) =>
        new(
            StatusCodes.Status409Conflict,
            "filter_part_conflict",
            $"Part {number} of the filter was received before with other bytes. A dataset that changed needs a new attestation."
        );
}
