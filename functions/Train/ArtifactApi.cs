using Lace.Evidence.Audit;
using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;
using Lace.Records.Audit;
using Lace.Records.Training;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Lace.Functions.Train;

/// <summary>Sealed artifacts: listed, looked at, opened for their owner.</summary>
internal static class ArtifactApi
{
    private const string ContentType = "application/octet-stream";

    public static void MapArtifacts(this RouteGroupBuilder group)
    {
        var artifacts = group.MapGroup("/artifacts");
        artifacts
            .MapGet("", ListAsync)
            .WithSummary("List sealed artifacts, newest first")
            .WithDescription(
                "`limit` is 1 to 100, 100 if absent; `cursor` is the `next` of the page before. With `training_client_id` only those made by it, and a page may then be shorter."
            )
            .Refuses(422, 429);
        artifacts.MapGet("/{id}", GetAsync).WithSummary("One sealed artifact").Refuses(404, 429);
        artifacts
            .MapGet("/{id}/content", ContentAsync)
            .WithSummary("The content of an artifact, opened")
            .WithDescription(
                "The safetensors payload in the clear, for its owner alone; each piece is checked before it is sent. `Repr-Digest` and `X-Content-Hash` are of the whole content; ranges are served. Each download is in the audit chain."
            )
            .Produces<byte[]>(StatusCodes.Status200OK, ContentType)
            .Refuses(404, 429, 500);
        artifacts
            .MapGet("/{id}/certificate", CertificateAsync)
            .WithSummary("The signed certificate of an artifact")
            .WithDescription(
                "Mechanism, σ, C, q, steps, δ, ε by each accountant, who drew the batches and what is not covered, with both signatures and the proofs from the transparency log: a file for `lace verify --offline`."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/json")
            .Refuses(404, 429, 503);
    }

    private static async Task<Results<Ok<ArtifactList>, Problem>> ListAsync(
        CurrentTenant tenant,
        Artifacts artifacts,
        CancellationToken cancellationToken,
        [FromQuery(Name = "training_client_id")] string? trainingClientId = null,
        int limit = 100,
        string? cursor = null
    )
    {
        if (Cursor.Check(limit, cursor, out var after) is { } refusal)
        {
            return refusal;
        }

        var (page, next) = await artifacts.ListAsync(tenant.Id, limit, after, cancellationToken);
        var wanted = page.Where(artifact => trainingClientId is null || artifact.ClientId == trainingClientId);
        return TypedResults.Ok(
            new ArtifactList([.. wanted.Select(artifact => artifact.ToAnswer())], Cursor.Write(next))
        );
    }

    private static async Task<Results<Ok<ArtifactAnswer>, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        Artifacts artifacts,
        CancellationToken cancellationToken
    ) =>
        await artifacts.GetAsync(tenant.Id, id, cancellationToken) is { } artifact
            ? TypedResults.Ok(artifact.ToAnswer())
            : TrainProblems.ArtifactNotFound;

    private static async Task<Results<FileStreamHttpResult, Problem>> ContentAsync(
        string id,
        CurrentTenant tenant,
        Artifacts artifacts,
        AuditTrail audit,
        HttpContext context,
        TimeProvider clock
    )
    {
        var cancellationToken = context.RequestAborted;
        if (await artifacts.GetAsync(tenant.Id, id, cancellationToken) is not { } artifact)
        {
            return TrainProblems.ArtifactNotFound;
        }

        var (fault, content) = await artifacts.OpenAsync(tenant.Id, artifact, cancellationToken);
        if (content is null)
        {
            Log.ArtifactUnreadable(Log.Of(context), id, fault.ToString());
            return TrainProblems.ArtifactUnreadable;
        }

        // Written before the first byte is sent: what left the service is in the chain.
        var operation = new AuditedOperation(
            AuditOperation.ArtifactRead,
            id,
            AuditedRequest.WithoutBody(clock.GetUtcNow())
        )
        {
            Consumed = [id],
        };
        await audit.TransactAsync(tenant.Id, operation, [], cancellationToken);
        var headers = context.Response.Headers;
        headers["X-Content-Hash"] = $"sha256:{artifact.Blob.Sha256}";
        headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(artifact.Blob.Sha256))}:";
        return TypedResults.File(
            content,
            ContentType,
            $"{id}.safetensors",
            artifact.CreatedAt,
            new EntityTagHeaderValue($"\"{artifact.Blob.Sha256}\""),
            enableRangeProcessing: true
        );
    }

    private static async Task<Results<FileContentHttpResult, Problem>> CertificateAsync(
        string id,
        CurrentTenant tenant,
        Artifacts artifacts,
        Certificates certificates,
        CancellationToken cancellationToken
    )
    {
        if (await artifacts.GetAsync(tenant.Id, id, cancellationToken) is null)
        {
            return TrainProblems.ArtifactNotFound;
        }

        if (await artifacts.CertificateAsync(tenant.Id, id, cancellationToken) is not { } stored)
        {
            return TrainProblems.NoCertificate;
        }

        return await certificates.FileAsync(stored, cancellationToken) is { } file
            ? TypedResults.Bytes(file.Write(), "application/json")
            : TrainProblems.CertificateNotLogged;
    }
}
