using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Notary;
using Lace.Functions.Problems;
using Lace.Records.Audit;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Audit;

/// <summary>One page, oldest first.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record AuditPage(IReadOnlyList<JsonElement> Entries, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditPage))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>A tenant reads its own audit chain (docs/formats/audit.md).</summary>
internal static class AuditApi
{
    private const string Jsonl = "application/jsonl";

    public static void AddAudit(this IServiceCollection services)
    {
        services.AddNotary();
        services.AddSingleton<AuditEntries>();
        services.AddSingleton<AuditHeads>();
        services.AddHostedService<AuditHeadsLoop>();
        services.AddJson(AuditJson.Default);
    }

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/audit_logs").WithTags("Audit").RequireScope(Scope.Audit);
        group
            .MapGet("", ListAsync)
            .WithSummary("The tenant's audit chain, oldest entry first")
            .WithDescription(
                "`format=jsonl` gives the whole chain, one entry a line, each line in the form that its hash is over. Else pages: `limit` is 1 to 100, 20 if absent; `cursor` is the `next` of the page before."
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

    private static async Task<Results<PushStreamHttpResult, Ok<AuditPage>, Problem>> ListAsync(
        CurrentTenant tenant,
        AuditEntries entries,
        CancellationToken cancellationToken,
        string? format = null,
        int limit = 20,
        string? cursor = null
    )
    {
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

        if (Cursor.Check(limit, cursor, out var after) is { } refusal)
        {
            return refusal;
        }

        var (page, next) = await entries.PageAsync(tenant.Id, limit, after, cancellationToken);
        return TypedResults.Ok(new AuditPage([.. page.Select(line => JsonElement.Parse(line))], Cursor.Write(next)));
    }

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
