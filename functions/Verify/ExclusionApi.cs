using Lace.Evidence.Audit;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Verify;

/// <summary>Whether a text is in a committed dataset, asked with fingerprints alone (docs/formats/fingerprints.md).</summary>
internal static class ExclusionApi
{
    /// <summary>10,000 fingerprints and 32 bands of eight bytes in base64, and what stands around them.</summary>
    private const int MaxBody = ((ExclusionProof.MaxFingerprints + MinHashScheme.Bands) * 11) + 4096;

    private static readonly Problem KeyLost = new(
        StatusCodes.Status409Conflict,
        "filter_key_destroyed",
        "The owner's keys were destroyed, and with them the key of this filter: it cannot be asked any more."
    );

    private static readonly Problem NoBands = new(
        StatusCodes.Status409Conflict,
        "no_near_duplicates",
        "This attestation has no filter for near-duplicates. Ask without `bands`."
    );

    private static readonly Problem NotPublic = new(
        StatusCodes.Status409Conflict,
        "filter_not_public",
        "This filter is not of tier T0: it stays with the service. Ask it with POST /v1/exclusion-checks."
    );

    public static void AddExclusionChecks(this IServiceCollection services)
    {
        services.AddSingleton<StoredFilters>();
        services.AddSingleton<AskedFilters>();
        services.AddSingleton<FilterProver>();
        services.AddSingleton<ExclusionRate>();
        services.AddJson(ExclusionJson.Default);
    }

    public static void MapExclusionChecks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/exclusion-checks").WithTags("Verify").RequireScope(Scope.Verify);
        group
            .MapGet("/{id}", StatementAsync)
            .WithSummary("The statement that commits to a filter")
            .WithDescription(
                "`id` is an attestation of anybody who lets callers ask its filter. The signed dataset statement with the filter's figures, its salt and its root, and the proofs from the log: what a question is made with, and what its answer is checked against."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/json")
            .Refuses(404, 429, 503);
        group
            .MapGet("/{id}/filter/{n:int:min(0)}", PartAsync)
            .WithSummary("A part of a public filter")
            .WithDescription(
                $"Part `n`, from 0, of the filter of an attestation of tier T0: a line, then {FilterPart.Blocks} blocks of {BlockedBloomFilter.BlockSize} bytes, of the last part fewer. The blocks of all parts have the root that the statement signs: compare it. Each part is an entry of the owner's audit chain and counts as a question."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/octet-stream")
            .Refuses(404, 409, 429);
        group
            .MapPost("", AskAsync)
            .LimitBody(MaxBody)
            .WithSummary("Ask a filter for the fingerprints of a text")
            .WithDescription(
                $"At most {ExclusionProof.MaxFingerprints} salted fingerprints of one text, in its order; the text stays with the caller. The answer has the verdict CLEAR, PRESENT or INCONCLUSIVE and the opened blocks with their Merkle proof. With `bands`, the {MinHashScheme.Bands} salted band keys of the text, it says apart whether a record is near to the text: NEAR, NOT_FOUND or UNDECIDED. Each question is an entry of the owner's audit chain; a caller may ask for {ExclusionRate.PerSecond} fingerprints a second."
            )
            .Produces<ExclusionAnswer>()
            .Refuses(400, 404, 409, 413, 422, 429);
    }

    private static async Task<Results<FileContentHttpResult, Problem>> StatementAsync(
        string id,
        CurrentTenant caller,
        AskedFilters filters,
        ExclusionRate rate,
        CancellationToken cancellationToken
    )
    {
        if (await rate.TakeAsync(caller.Id, 0, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var (found, missing) = await filters.FindAsync(caller.Id, id, cancellationToken);
        if (found is null)
        {
            return missing!;
        }

        var (signed, notYet) = await filters.SignedAsync(found, cancellationToken);
        return signed is not null ? TypedResults.Bytes(signed.Write(), "application/json") : notYet!;
    }

    private static async Task<Results<FileContentHttpResult, Problem>> PartAsync(
        string id,
        int n,
        CurrentTenant caller,
        AskedFilters filters,
        StoredFilters stored,
        ExclusionRate rate,
        AuditTrail audit,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (await rate.TakeAsync(caller.Id, 0, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var (found, missing) = await filters.FindAsync(caller.Id, id, cancellationToken);
        if (found is null)
        {
            return missing!;
        }

        if (found.Filter.Tier != FingerprintTier.Public)
        {
            return NotPublic;
        }

        if (await stored.GetAsync(found.Owner, id, FilterContent.Fingerprints, n, cancellationToken) is not { } part)
        {
            return Problem.NotFound("part of the filter");
        }

        var blocks = await stored.BlocksAsync(
            found.Owner,
            id,
            FilterContent.Fingerprints,
            n,
            part,
            0,
            part.Blocks,
            cancellationToken
        );
        var operation = new AuditedOperation(
            AuditOperation.ExclusionDownload,
            id,
            AuditedRequest.WithoutBody(clock.GetUtcNow())
        )
        {
            Consumed = ["caller:" + Log.Hash(caller.Id)],
        };
        await audit.TransactAsync(found.Owner, operation, [], cancellationToken);
        byte[] bytes = [.. FilterPart.Header(id, n, part.Blocks), .. blocks.Span];
        return TypedResults.Bytes(bytes, "application/octet-stream");
    }

    private static async Task<Results<Ok<ExclusionAnswer>, Problem>> AskAsync(
        RequestDigest digest,
        ExclusionQuestion question,
        CurrentTenant caller,
        AskedFilters filters,
        StoredFilters stored,
        FilterProver prover,
        ExclusionRate rate,
        AuditTrail audit,
        CancellationToken cancellationToken
    )
    {
        if (
            FingerprintText.Decode(question.Fingerprints) is not { Count: >= 1 } fingerprints
            || fingerprints.Count > ExclusionProof.MaxFingerprints
        )
        {
            return Problem.Invalid(
                $"fingerprints are 1 to {ExclusionProof.MaxFingerprints} of eight bytes each, in base64 without a gap."
            );
        }

        var bands = question.Bands is null ? [] : FingerprintText.Decode(question.Bands);
        if (bands is null || (question.Bands is not null && bands.Count != MinHashScheme.Bands))
        {
            return Problem.Invalid(
                $"bands are {MinHashScheme.Bands} keys of eight bytes each, in base64 without a gap, or absent."
            );
        }

        // Before anything is looked for: a caller pays for what is not there too.
        if (await rate.TakeAsync(caller.Id, fingerprints.Count + bands.Count, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var (found, missing) = await filters.FindAsync(caller.Id, question.AttestationId, cancellationToken);
        if (found is null)
        {
            return missing!;
        }

        if (question.Salt != found.Filter.Salt)
        {
            return new Problem(
                StatusCodes.Status422UnprocessableEntity,
                "wrong_salt",
                "The fingerprints are not made with the salt of this attestation: take it from its statement."
            );
        }

        var committedBands = found.Filter.Bands;
        if (bands.Count > 0 && committedBands is null)
        {
            return NoBands;
        }

        var keys = await KeysAsync(found, [.. fingerprints, .. bands], stored, cancellationToken);
        if (keys is null)
        {
            return KeyLost;
        }

        var operation = new AuditedOperation(
            AuditOperation.ExclusionCheck,
            found.Id,
            await digest.EndAsync(cancellationToken)
        )
        {
            Consumed = ["caller:" + Log.Hash(caller.Id)],
        };
        ulong[] bandKeys = [.. keys.Skip(fingerprints.Count)];
        keys = [.. keys.Take(fingerprints.Count)];
        var opened = await prover.OpenAsync(found, keys, cancellationToken);
        var openedBands =
            bandKeys.Length == 0 ? null : await prover.OpenAsync(found, committedBands!, bandKeys, cancellationToken);
        await audit.TransactAsync(found.Owner, operation, [], cancellationToken);
        var findings = ExclusionFindings.Of(
            fingerprints,
            opened.Find(keys, found.Filter.Blocks),
            found.Filter.FalsePositiveRate
        );
        return TypedResults.Ok(
            new ExclusionAnswer(
                found.Id,
                findings,
                SentKeys(found, keys),
                Convert.ToBase64String(opened.Blocks.Span),
                Hashes(opened),
                openedBands is null ? null : Near(found, committedBands!, bandKeys, openedBands)
            )
        );
    }

    private static NearDuplicatesAnswer Near(
        AskedFilter asked,
        CommittedBands committed,
        IReadOnlyList<ulong> keys,
        OpenedBlocks opened
    ) =>
        new(
            NearFindings.Of(opened.Find(keys, committed.Blocks), committed.FalsePositiveRate),
            SentKeys(asked, keys),
            Convert.ToBase64String(opened.Blocks.Span),
            Hashes(opened)
        );

    private static string? SentKeys(AskedFilter asked, IReadOnlyList<ulong> keys) =>
        asked.Filter.Tier == FingerprintTier.Keyed ? FingerprintText.Encode(keys) : null;

    private static IReadOnlyList<string> Hashes(OpenedBlocks opened) =>
        [.. opened.Hashes.Select(hash => Convert.ToBase64String(hash.ToArray()))];

    /// <summary>What the filter is asked for; null where its key is gone.</summary>
    private static async Task<IReadOnlyList<ulong>?> KeysAsync(
        AskedFilter asked,
        IReadOnlyList<ulong> fingerprints,
        StoredFilters stored,
        CancellationToken cancellationToken
    )
    {
        if (asked.Filter.Tier != FingerprintTier.Keyed)
        {
            return fingerprints;
        }

        using var key = await stored.KeyAsync(asked.Owner, asked.Id, asked.Filter.Salt, cancellationToken);
        if (key is null)
        {
            return null;
        }

        using var keyed = new KeyedFingerprints(key.Plaintext);
        return [.. fingerprints.Select(keyed.Of)];
    }
}
