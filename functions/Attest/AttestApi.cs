using System.Security.Cryptography;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Notary;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Attest;

/// <summary>Datasets are committed here: created, sent in chunks, completed, listed, revoked (protocol §4).</summary>
internal static class AttestApi
{
    public static void AddAttest(this IServiceCollection services)
    {
        services.AddSingleton<Attestations>();
        services.AddNotary();
        services.AddSingleton<Completion>();
        services.AddSingleton<ChunkUpload>();
        services.AddSingleton<StoredFilters>();
        services.AddSingleton<FilterUpload>();
        services.AddSingleton<ReceivedFilters>();
        services.AddJson(AttestJson.Default);
    }

    public static void MapAttest(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/attestations").WithTags("Attest").RequireScope(Scope.Attest);
        group
            .MapPost("", CreateAsync)
            .WithSummary("Begin an attestation")
            .WithDescription(
                "Describes the dataset; its records stay with the owner, only digests and features are sent, in chunks."
            )
            .Refuses(400, 402);
        group
            .MapGet("", ListAsync)
            .WithSummary("List attestations, newest first")
            .WithDescription("`limit` is 1 to 100, 20 if absent; `cursor` is the `next` of the page before.")
            .Refuses(400);
        group
            .MapGet("/{id}", GetAsync)
            .WithSummary("One attestation")
            .WithDescription(
                "While uploading with the ranges of chunks received, so that a client can go on where it stopped."
            )
            .Refuses(404);
        group
            .MapPut("/{id}/chunks/{n:int:min(0)}", ChunkUpload.PutAsync)
            .Accepts<Stream>("application/octet-stream")
            .LimitBody(DatasetChunk.MaxLength)
            .WithSummary("Send one chunk")
            .WithDescription(
                "The bytes of protocol §3 with their `Content-Digest: sha-256=:…:`. In any order, in parallel, and again: the same bytes are accepted, others refused."
            )
            .Refuses(400, 404, 409, 413, 415, 422);
        group
            .MapPut("/{id}/filter/{n:int:min(0)}", FilterUpload.PutAsync)
            .Accepts<Stream>("application/octet-stream")
            .LimitBody(FilterPart.MaxLength)
            .WithSummary("Send one part of the fingerprint filter")
            .WithDescription(
                "The bytes of docs/formats/fingerprints.md with their `Content-Digest: sha-256=:…:`, for an attestation that was begun with `fingerprints`. In any order, in parallel, and again."
            )
            .Refuses(400, 404, 409, 413, 415, 422);
        group
            .MapPut("/{id}/bands/{n:int:min(0)}", FilterUpload.PutBandsAsync)
            .Accepts<Stream>("application/octet-stream")
            .LimitBody(FilterPart.MaxLength)
            .WithSummary("Send one part of the filter for near-duplicates")
            .WithDescription(
                "As a part of the fingerprint filter, for an attestation that was begun with `fingerprints.near_duplicates`."
            )
            .Refuses(400, 404, 409, 413, 415, 422);
        group
            .MapPost("/{id}/complete", CompleteAsync)
            .WithSummary("Complete an attestation")
            .WithDescription(
                "States records, root and statistics. The root is computed again from the chunks; refused with `chunks_missing`, `records_mismatch`, `root_mismatch` or `statistics_mismatch`."
            )
            .Refuses(400, 402, 404, 409, 422);
        group
            .MapPost("/{id}/revoke", RevokeAsync)
            .WithSummary("Revoke an attestation")
            .WithDescription(
                "The document stays; verification reports when and why it was revoked. The first reason stays."
            )
            .Refuses(400, 404);
    }

    private static async Task<Results<Created<Upload>, Problem>> CreateAsync(
        RequestDigest digest,
        CreateAttestation request,
        CurrentTenant tenant,
        Attestations attestations,
        StoredFilters filters,
        Usage usage,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (AttestRules.Check(request) is { } refusal)
        {
            return refusal;
        }

        // Counted when it is complete. Said now, because sending a dataset that cannot be completed is for nothing.
        var charge = await usage.ChargeAsync(tenant.Id, Quota.Attestations, 1, cancellationToken: cancellationToken);
        if (charge.Write is null)
        {
            return PlanProblems.NoMoreAttestations(charge, clock.GetUtcNow());
        }

        var (filter, key, keep) = await DescribeAsync(tenant.Id, request.Fingerprints, filters, cancellationToken);
        var (format, part, sources) = request.Dataset;
        var dataset = new AttestedDataset(format, part, sources, null, null, DatasetChunk.Records, null, null, null);
        var created = await attestations.CreateAsync(
            tenant.Id,
            request.Name,
            request.Metadata,
            dataset,
            request.Plan,
            await digest.EndAsync(cancellationToken),
            filter,
            keep,
            cancellationToken
        );
        var upload = filter is null
            ? null
            : new FilterUploadPlan(filter.Salt, key, FilterPart.Blocks, filter.NearDuplicates is not null);
        return TypedResults.Created(
            $"/v1/attestations/{created.Id}",
            new Upload(created.Id, created.Status, DatasetChunk.Records, created.CreatedAt, upload)
        );
    }

    // The salt is the service's: who knew it beforehand could make texts whose fingerprints meet.
    private static async Task<(AttestedFilter? Filter, string? Key, Func<string, ItemWrite>? Keep)> DescribeAsync(
        TenantId tenant,
        FilterRequest? wanted,
        StoredFilters filters,
        CancellationToken cancellationToken
    )
    {
        if (wanted is null)
        {
            return (null, null, null);
        }

        var salt = RandomNumberGenerator.GetHexString(2 * FingerprintScheme.SaltSize, lowercase: true);
        var filter = new AttestedFilter(FingerprintScheme.Name, wanted.Tier, wanted.Access, salt)
        {
            NearDuplicates = wanted.NearDuplicates ? new AttestedBands(MinHashScheme.Name) : null,
        };
        if (wanted.Tier != FingerprintTier.Keyed)
        {
            return (filter, null, null);
        }

        var (key, keep) = await filters.NewKeyAsync(tenant, salt, cancellationToken);
        var commitment = KeyedFingerprints.Commit(key).ToString();
        return (filter with { KeySha256 = commitment }, Convert.ToBase64String(key), keep);
    }

    private static async Task<Results<Ok<AttestationList>, Problem>> ListAsync(
        CurrentTenant tenant,
        Attestations attestations,
        CancellationToken cancellationToken,
        int limit = 20,
        string? cursor = null
    )
    {
        if (Cursor.Check(limit, cursor, out var after) is { } refusal)
        {
            return refusal;
        }

        var (page, next) = await attestations.ListAsync(tenant.Id, limit, after, cancellationToken);
        return TypedResults.Ok(new AttestationList(page, Cursor.Write(next)));
    }

    private static async Task<Results<Ok<Attestation>, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        Attestations attestations,
        StoredFilters filters,
        CancellationToken cancellationToken
    )
    {
        if (await attestations.GetAsync(tenant.Id, id, cancellationToken) is not { Document: var attestation })
        {
            return Problem.NotFound("attestation");
        }

        if (attestation.Status == Attestation.Complete)
        {
            return TypedResults.Ok(attestation);
        }

        var received = new ChunkRanges();
        await foreach (var (number, _) in attestations.ChunksAsync(tenant.Id, id, cancellationToken))
        {
            received.Add(number);
        }

        var described = attestation.Fingerprints;
        return TypedResults.Ok(
            attestation with
            {
                ChunkRecords = DatasetChunk.Records,
                Chunks = received.Ranges,
                FilterParts = described is null
                    ? null
                    : await PartsAsync(tenant.Id, id, FilterContent.Fingerprints, filters, cancellationToken),
                BandFilterParts = described?.NearDuplicates is null
                    ? null
                    : await PartsAsync(tenant.Id, id, FilterContent.Bands, filters, cancellationToken),
            }
        );
    }

    private static async Task<IReadOnlyList<long[]>> PartsAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        StoredFilters filters,
        CancellationToken cancellationToken
    )
    {
        var parts = new ChunkRanges();
        await foreach (var (number, _) in filters.PartsAsync(tenant, id, content, cancellationToken))
        {
            parts.Add(number);
        }

        return parts.Ranges;
    }

    private static async Task<Results<Ok<Attestation>, Problem>> CompleteAsync(
        string id,
        RequestDigest digest,
        CompleteAttestation request,
        CurrentTenant tenant,
        Completion completion,
        CancellationToken cancellationToken
    )
    {
        var audited = await digest.EndAsync(cancellationToken);
        var (attestation, refusal) = await completion.CompleteAsync(tenant.Id, id, request, audited, cancellationToken);
        return attestation is not null ? TypedResults.Ok(attestation) : refusal!;
    }

    private static async Task<Results<Ok<Attestation>, Problem>> RevokeAsync(
        string id,
        RequestDigest digest,
        RevokeAttestation request,
        CurrentTenant tenant,
        Attestations attestations,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (AttestRules.Check(request) is { } refusal)
        {
            return refusal;
        }

        var audited = await digest.EndAsync(cancellationToken);
        while (await attestations.GetAsync(tenant.Id, id, cancellationToken) is { Document: var document } seen)
        {
            var revoked = document with
            {
                Revoked = document.Revoked ?? new Revocation(clock.GetUtcNow(), request.Reason),
            };
            if (
                document.Revoked is not null
                || await attestations.RevokeAsync(seen, revoked, audited, cancellationToken)
            )
            {
                return TypedResults.Ok(revoked);
            }
        }

        return Problem.NotFound("attestation");
    }
}
