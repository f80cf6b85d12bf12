using System.Text.Json.Serialization;
using Lace.Evidence.Verification;
using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Functions.Verify;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Report;

/// <param name="Id">A run, or an attestation: then its newest run.</param>
/// <param name="Format"><c>html</c>, <c>json</c> or <c>md</c>.</param>
internal sealed record ReportRequest(string Id, string Format);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReportRequest))]
[JsonSerializable(typeof(ReportInfo))]
[JsonSerializable(typeof(ReportData))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>Documents what was attested and what its verification found, as a file (protocol §10).</summary>
internal static class ReportApi
{
    public static void AddReport(this IServiceCollection services)
    {
        services.AddVerify();
        services.AddSingleton<Reports>();
        services.AddJson(ReportJson.Default);
    }

    public static void MapReport(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/reports").WithTags("Report").RequireScope(Scope.Report);
        group
            .MapPost("", CreateAsync)
            .WithSummary("Make a report")
            .WithDescription(
                "`id` is a run, or an attestation: then its newest run. `format` is `html`, `json` or `md`. The report does not change later; a newer one has another id."
            )
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        group
            .MapGet("/{id}", GetAsync)
            .WithSummary("The report's file")
            .WithDescription("The bytes whose SHA-256 the answer to its making gave.")
            .Produces(StatusCodes.Status200OK, contentType: "text/html")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Created<ReportInfo>, Problem>> CreateAsync(
        RequestDigest digest,
        ReportRequest request,
        CurrentTenant tenant,
        VerifiedRuns runs,
        Reports reports,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (ReportFile.Find(request.Format) is not { } file)
        {
            return Problem.Invalid("format is html, json or md.");
        }

        var (found, refusal) = await runs.FindAsync(request.Id, cancellationToken, tenant.Id);
        if (found is null)
        {
            return refusal!;
        }

        var audited = await digest.EndAsync(cancellationToken);
        var (result, tooLarge) = await runs.VerifyAsync(found, cancellationToken);
        if (result is null)
        {
            return tooLarge!;
        }

        var bytes = file.Render(found.Attestation.Document, result, clock.GetUtcNow());
        var info = await reports.AddAsync(
            tenant.Id,
            result.Id,
            result.AttestationId,
            file.Format,
            result.Verdict,
            bytes,
            audited,
            cancellationToken
        );
        return TypedResults.Created($"/v1/reports/{info.Id}", info);
    }

    private static async Task<Results<FileContentHttpResult, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        Reports reports,
        CancellationToken cancellationToken
    ) =>
        await reports.GetAsync(tenant.Id, id, cancellationToken) is var (info, file)
            ? TypedResults.Bytes(file, ReportFile.Find(info.Format)!.MediaType)
            : Problem.NotFound("report");
}
