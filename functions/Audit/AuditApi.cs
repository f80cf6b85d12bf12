using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Notary;
using Lace.Functions.Problems;
using Lace.Records.Audit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lace.Functions.Audit;

/// <summary>One page, oldest first.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record AuditPage(IReadOnlyList<JsonElement> Entries, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(IReadOnlyList<JsonElement>))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>A tenant reads its own audit chain (docs/formats/audit.md).</summary>
internal static class AuditApi
{
    private const string Jsonl = "application/jsonl";

    private const string Found =
        "The entries about a training client and its operations, or of an operation such as `optim_step`, in the chain's order; `limit` is 1 to 1000, 100 if absent, `offset` how many of them to leave out.";

    public static void AddAudit(this IServiceCollection services)
    {
        services.AddNotary();
        services.AddSingleton<AuditEntries>();
        services.AddSingleton<AuditHeads>();
        services.AddPass<AuditHeadsPass>();
        services.AddJson(AuditJson.Default);
    }

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/v1/audit_logs", FindAsync)
            .WithTags("Audit")
            .RequireScope(Scope.Audit)
            .WithMetadata(TrainingCodes.Metadata)
            .WithSummary("Entries of the audit chain for clients of TenSafe")
            .WithDescription(Found)
            .Refuses(422);
        var group = routes.MapGroup("/v1/audit_logs").WithTags("Audit").RequireScope(Scope.Audit);
        group
            .MapGet("", ListAsync)
            .WithSummary("The tenant's audit chain, oldest entry first")
            .WithDescription(
                "`format=jsonl` gives the whole chain, one entry a line, each line in the form that its hash is over. With `training_client_id`, `operation` or `offset` an array: "
                    + Found
                    + " Else pages: `limit` is 1 to 100, 20 if absent; `cursor` is the `next` of the page before."
            )
            .Produces<AuditPage>()
            .Produces<string>(StatusCodes.Status200OK, Jsonl)
            .Refuses(400);
        group
            .MapGet("/head", HeadAsync)
            .WithSummary("The newest signed head that the log has")
            .WithDescription(
                "The statement of how far the chain has come, its signatures and its proofs in the log: `lace audit verify FILE --bundle HEAD` holds a file against it. Heads are signed once a minute."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/json")
            .Refuses(404);
    }

    private static async Task<
        Results<PushStreamHttpResult, Ok<AuditPage>, Ok<IReadOnlyList<JsonElement>>, Problem>
    > ListAsync(
        CurrentTenant tenant,
        AuditEntries entries,
        CancellationToken cancellationToken,
        string? format = null,
        int? limit = null,
        string? cursor = null,
        [FromQuery(Name = "training_client_id")] string? trainingClientId = null,
        string? operation = null,
        int? offset = null
    )
    {
        if (trainingClientId is not null || operation is not null || offset is not null)
        {
            return format is null && cursor is null
                ? Widen(await FindAsync(tenant, entries, cancellationToken, trainingClientId, operation, limit, offset))
                : Problem.Invalid("format and cursor do not go with training_client_id, operation and offset.");
        }

        if (format == "jsonl")
        {
            return TypedResults.Stream(
                async output =>
                {
                    await foreach (var lines in entries.JsonLinesAsync(tenant.Id, cancellationToken))
                    {
                        await output.WriteAsync(lines, cancellationToken);
                    }
                },
                Jsonl
            );
        }

        if (format is not (null or "json"))
        {
            return Problem.Invalid("format is jsonl, or json for pages.");
        }

        var size = limit ?? 20;
        if (Cursor.Check(size, cursor, out var after) is { } refusal)
        {
            return refusal;
        }

        var (page, next) = await entries.PageAsync(tenant.Id, size, after, cancellationToken);
        return TypedResults.Ok(new AuditPage([.. page.Select(line => JsonElement.Parse(line))], Cursor.Write(next)));
    }

    private static async Task<Results<Ok<IReadOnlyList<JsonElement>>, Problem>> FindAsync(
        CurrentTenant tenant,
        AuditEntries entries,
        CancellationToken cancellationToken,
        [FromQuery(Name = "training_client_id")] string? trainingClientId = null,
        string? operation = null,
        int? limit = null,
        int? offset = null
    )
    {
        var filter = new AuditFilter(trainingClientId, operation, limit ?? 100, offset ?? 0);
        return filter.Check() is { } refusal
            ? refusal
            : TypedResults.Ok(await filter.FindAsync(entries, tenant.Id, cancellationToken));
    }

    private static Results<PushStreamHttpResult, Ok<AuditPage>, Ok<IReadOnlyList<JsonElement>>, Problem> Widen(
        Results<Ok<IReadOnlyList<JsonElement>>, Problem> found
    ) => found.Result is Problem problem ? problem : (Ok<IReadOnlyList<JsonElement>>)found.Result;

    private static async Task<Results<FileContentHttpResult, Problem>> HeadAsync(
        CurrentTenant tenant,
        AuditHeads heads,
        CancellationToken cancellationToken
    ) =>
        await heads.NewestLoggedAsync(tenant.Id, cancellationToken) is { } head
            ? TypedResults.Bytes(head.Write(), "application/json")
            : new Problem(
                StatusCodes.Status404NotFound,
                "not_found",
                "No head of this chain is in the log yet: heads are signed once a minute. Repeat the request later."
            );
}
