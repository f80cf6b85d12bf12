using Lace.Evidence.Verification;
using Lace.Functions.Hosting;
using Lace.Functions.LossIngest;
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
        services.AddSingleton<RunExamination>();
        services.AddSingleton<RequestRate>();
        services.AddJson(VerificationJson.Default);
    }

    public static void MapVerify(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/verify/{id}", VerifyAsync)
            .AddEndpointFilter(
                (context, next) =>
                    context.HttpContext.RequestServices.GetRequiredService<RequestRate>().InvokeAsync(context, next)
            )
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

    private static async Task<Results<JsonHttpResult<VerificationResult>, Problem>> VerifyAsync(
        string id,
        PublicIds owners,
        Attestations attestations,
        Runs runs,
        RunExamination examination,
        CancellationToken cancellationToken
    )
    {
        var isRun = Runs.IsId(id);
        if (
            !(isRun || RandomId.IsValid(Attestation.IdPrefix, id))
            || await owners.FindTenantAsync(id, cancellationToken) is not { } tenant
        )
        {
            return NotFound("There is no such run or attestation.");
        }

        var run = isRun
            ? await runs.GetAsync(tenant, id, cancellationToken)
            : await NewestRunAsync(runs, tenant, id, cancellationToken);
        var attestationId = run?.AttestationId ?? id;
        if (await attestations.GetAsync(tenant, attestationId, cancellationToken) is not { } attestation)
        {
            return NotFound("There is no such run or attestation.");
        }

        if (attestation.Document.Status != Attestation.Complete)
        {
            return new Problem(
                StatusCodes.Status409Conflict,
                "attestation_not_complete",
                "The dataset was not sent completely, so there is nothing to verify yet."
            );
        }

        if (run is null)
        {
            return NotFound("The attestation is complete, but no run was recorded for it yet.");
        }

        try
        {
            // By its own rules: a member that is null says so, as the protocol has it.
            return TypedResults.Json(
                await examination.ExamineAsync(tenant, run, attestation, cancellationToken),
                VerificationJson.Default.VerificationResult
            );
        }
        catch (RunTooLargeException)
        {
            return new Problem(
                StatusCodes.Status422UnprocessableEntity,
                "run_too_large",
                $"The run names more than {FeatureTable.MaxRecords} different records; this version cannot verify it."
            );
        }
    }

    private static async Task<StoredRun?> NewestRunAsync(
        Runs runs,
        TenantId tenant,
        string attestationId,
        CancellationToken cancellationToken
    ) =>
        await runs.OfAttestationAsync(tenant, attestationId, 20, cancellationToken) is [var newest, ..]
            ? await runs.GetAsync(tenant, newest.RunId, cancellationToken)
            : null;

    private static Problem NotFound(string detail) => new(StatusCodes.Status404NotFound, "not_found", detail);
}
