using Lace.Evidence.Verification;
using Lace.Functions.Hosting;
using Lace.Functions.LossIngest;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Verify;

/// <summary>What was committed, what was trained, and whether they agree: for anybody, without a key (protocol §8).</summary>
internal static class VerifyApi
{
    public static void AddVerify(this IServiceCollection services)
    {
        services.AddSingleton<Attestations>();
        services.AddRuns();
        services.AddSingleton<StoredFacts>();
        services.AddSingleton<LoggedRuns>();
        services.AddSingleton<VerificationStatements>();
        services.AddSingleton<RunExamination>();
        services.AddSingleton<RunLogs>();
        services.AddSingleton<RunLogDigests>();
        services.AddSingleton<BundleMaker>();
        services.AddSingleton<VerifiedRuns>();
        services.AddExclusionChecks();
        services.AddJson(VerificationJson.Default);
    }

    public static void MapVerify(this IEndpointRouteBuilder routes)
    {
        routes.MapRunLog();
        routes.MapBundles();
        routes.MapExclusionChecks();
        routes
            .MapGet("/v1/verify/{id}", VerifyAsync)
            .LimitAddress()
            .WithTags("Verify")
            .WithSummary("Verify a run")
            .WithDescription(
                "`id` is a run, or an attestation: then its newest run, the others are listed. Each check with passed, failed or not checked; the statistic with its null; the verdict; and what it does not show. Needs no key."
            )
            .Produces<VerificationResult>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<Results<JsonHttpResult<VerificationResult>, Problem>> VerifyAsync(
        string id,
        VerifiedRuns runs,
        CancellationToken cancellationToken
    )
    {
        var (found, missing) = await runs.FindAsync(id, cancellationToken);
        if (found is null)
        {
            return missing!;
        }

        // By its own rules: a member that is null says so, as the protocol has it.
        var (result, refusal) = await runs.VerifyAsync(found, cancellationToken);
        return result is not null ? TypedResults.Json(result, VerificationJson.Default.VerificationResult) : refusal!;
    }
}
