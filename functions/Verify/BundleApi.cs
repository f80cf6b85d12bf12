using Lace.Evidence.Bundles;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Verify;

/// <summary>The evidence of a run as one file, for anybody, without a key (docs/formats/bundle.md).</summary>
internal static class BundleApi
{
    public static void MapBundles(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/bundles/{id}", GetAsync)
            .LimitAddress()
            .WithTags("Verify")
            .WithSummary("The evidence bundle of an ended run")
            .WithDescription(
                $"`id` is a run, or an attestation: then its newest run. The signed statements with their proofs from the transparency log, at most {EvidenceBundle.MaxBytes} bytes. `lace verify --offline` checks it."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/json")
            .Refuses(
                StatusCodes.Status404NotFound,
                StatusCodes.Status409Conflict,
                StatusCodes.Status422UnprocessableEntity,
                StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable
            );

    private static async Task<Results<FileContentHttpResult, Problem>> GetAsync(
        string id,
        VerifiedRuns runs,
        BundleMaker maker,
        CancellationToken cancellationToken
    )
    {
        var (found, missing) = await runs.FindAsync(id, cancellationToken);
        if (found is null)
        {
            return missing!;
        }

        var (bytes, refusal) = await maker.MakeAsync(found, cancellationToken);
        return bytes is not null
            ? TypedResults.File(bytes, "application/json", found.Run.RunId + ".bundle.json")
            : refusal!;
    }
}
