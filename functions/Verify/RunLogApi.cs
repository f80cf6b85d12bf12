using Lace.Functions.Access;
using Lace.Functions.LossIngest;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Verify;

/// <summary>The run-log file, with which anybody to whom the owner gives it computes the verification again.</summary>
internal static class RunLogApi
{
    public static void MapRunLog(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/runs/{id}/log", GetAsync)
            .RequireScope(Scope.Ingest)
            .WithTags("Verify")
            .WithSummary("The run-log file")
            .WithDescription(
                "JSON lines: the accepted segments as they were received, the chunk roots, and the features of the records that the run names. No text and no salt. A file without its last line is cut off."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/jsonl")
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<Results<PushStreamHttpResult, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        Runs runs,
        Attestations attestations,
        RunLogs logs,
        CancellationToken cancellationToken
    )
    {
        if (
            await runs.GetAsync(tenant.Id, id, cancellationToken) is not { } run
            || await attestations.GetAsync(tenant.Id, run.AttestationId, cancellationToken) is not { } attestation
        )
        {
            return Problem.NotFound("run");
        }

        var lines = logs.LinesAsync(tenant.Id, run, attestation.Document, cancellationToken);
        return TypedResults.Stream(
            async output =>
            {
                await foreach (var line in lines)
                {
                    await output.WriteAsync(line, cancellationToken);
                }
            },
            "application/jsonl",
            id + ".log.jsonl"
        );
    }
}
