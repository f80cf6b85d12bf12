using System.Text.Json;
using Lace.Evidence.LossLog;
using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Notary;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.LossIngest;

/// <summary>Runs are made here, and their losses arrive here (protocol §5).</summary>
internal static class RunApi
{
    private const int MaxClientEntries = 20;
    private const int MaxClientText = 200;

    public static void AddLossIngest(this IServiceCollection services)
    {
        services.AddSingleton<Attestations>();
        services.AddRuns();
        services.AddSingleton<SegmentIntake>();
        services.AddTransient<RunKeys>();
        services.AddTransient(provider =>
            ActivatorUtilities.CreateInstance<SegmentConsumer>(
                provider,
                provider.GetRequiredKeyedService<IQueue>(PlatformPorts.Losses)
            )
        );
        services.AddPass<ConsumerPass>();
        services.AddJson(IngestJson.Default);
    }

    /// <summary>Reading runs: what verification needs of this function.</summary>
    public static void AddRuns(this IServiceCollection services)
    {
        services.AddNotary();
        services.AddSingleton<RunStatements>();
        services.AddSingleton<Runs>();
        services.AddSingleton<PublicIds>();
    }

    public static void MapLossIngest(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/runs").WithTags("LossIngest").RequireScope(Scope.Ingest);
        group
            .MapPost("", CreateAsync)
            .WithSummary("Begin a run")
            .WithDescription(
                "For one complete attestation that the transparency log shows. The answer holds the ingest key, which is given once, and a nonce drawn after that."
            )
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group
            .MapGet("", ListAsync)
            .WithSummary("List runs, newest first")
            .WithDescription("`limit` is 1 to 100, 20 if absent; `cursor` is the `next` of the page before.")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group
            .MapGet("/{id}", GetAsync)
            .WithSummary("One run")
            .WithDescription("How far its log was accepted, which segments are missing, how many were refused and why.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapPost("/{id}/losses", ReceiveAsync)
            .Accepts<Stream>("application/json")
            .LimitBody(LossSegment.MaxBytes)
            .WithSummary("Send one segment of the loss log")
            .WithDescription(
                "Put on a queue as it is: 202 says that it is durable there. Its MAC and its place in the chain are judged later; the run tells."
            )
            .Produces<SegmentReceipt>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        group
            .MapPost("/{id}/finish", FinishAsync)
            .WithSummary("Close a run")
            .WithDescription("After the segment with the item `finish` was sent. Without it the run tells a gap.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapGet("/{id}/points", PointsAsync)
            .WithSummary("The recorded points")
            .WithDescription(
                "JSON lines, one a point, in the order in which they were logged, as far as the chain was accepted."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/jsonl")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Created<CreatedRun>, Problem>> CreateAsync(
        RequestDigest digest,
        CreateRun request,
        CurrentTenant tenant,
        Attestations attestations,
        Runs runs,
        RunStatements statements,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        if (request.Client is { } client && !IsValid(client))
        {
            return Problem.Invalid(
                $"client has at most {MaxClientEntries} entries of at most {MaxClientText} characters."
            );
        }

        if (
            await attestations.GetAsync(tenant.Id, request.AttestationId, cancellationToken)
            is not { Document: var attestation }
        )
        {
            return Problem.NotFound("attestation");
        }

        if (attestation.Status != Attestation.Complete)
        {
            return new Problem(
                StatusCodes.Status409Conflict,
                "attestation_not_complete",
                "A run needs a complete attestation: send the missing chunks and complete it first."
            );
        }

        if (attestation.Revoked is not null)
        {
            return new Problem(
                StatusCodes.Status409Conflict,
                "attestation_revoked",
                "The attestation was revoked: attest the dataset again."
            );
        }

        var (logged, notLogged) = await statements.LoggedAsync(tenant.Id, attestation.Id, cancellationToken);
        if (logged is null)
        {
            return notLogged!;
        }

        var audited = await digest.EndAsync(cancellationToken);
        var (run, key) = await runs.CreateAsync(tenant.Id, attestation, logged, request, audited, cancellationToken);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            $"/v1/runs/{run.RunId}",
            new CreatedRun(
                run.RunId,
                run.AttestationId,
                run.Root,
                run.Records,
                Convert.ToBase64String(key),
                run.Nonce,
                run.Order,
                run.CreatedAt,
                LossSegment.MaxBytes
            )
        );
    }

    private static async Task<Results<Ok<RunList>, Problem>> ListAsync(
        CurrentTenant tenant,
        Runs runs,
        CancellationToken cancellationToken,
        int limit = 20,
        string? cursor = null
    )
    {
        if (Cursor.Check(limit, cursor, out var after) is { } refusal)
        {
            return refusal;
        }

        var (page, next) = await runs.ListAsync(tenant.Id, limit, after, cancellationToken);
        return TypedResults.Ok(new RunList(page, Cursor.Write(next)));
    }

    private static async Task<Results<Ok<RunState>, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        Runs runs,
        CancellationToken cancellationToken
    )
    {
        if (await runs.GetAsync(tenant.Id, id, cancellationToken) is not { } run)
        {
            return Problem.NotFound("run");
        }

        var (head, _) = await runs.GetHeadAsync(tenant.Id, id, cancellationToken);
        return TypedResults.Ok(RunStates.Of(run, head));
    }

    private static async Task<Results<Accepted<SegmentReceipt>, Problem>> ReceiveAsync(
        string id,
        CurrentTenant tenant,
        Runs runs,
        HttpRequest request,
        [FromKeyedServices(PlatformPorts.Losses)] IQueue queue,
        CancellationToken cancellationToken
    )
    {
        var body = await request.ReadBodyAsync(LossSegment.MaxBytes, cancellationToken);
        if (!LossSegment.TryReadAddress(body.Span, out var runId, out var seq))
        {
            return Refuse(
                "segment_malformed",
                "The body does not begin as a segment: {\"v\":1,\"run_id\":…,\"seq\":…."
            );
        }

        if (runId != id)
        {
            return Refuse("run_mismatch", "The segment names another run than the address: send it to its own.");
        }

        if (await runs.GetAsync(tenant.Id, id, cancellationToken) is null)
        {
            return Problem.NotFound("run");
        }

        await queue.SendAsync(body, cancellationToken);
        return TypedResults.Accepted((string?)null, new SegmentReceipt(id, seq));
    }

    private static async Task<Results<Ok<RunState>, Problem>> FinishAsync(
        string id,
        RequestDigest digest,
        CurrentTenant tenant,
        Runs runs,
        CancellationToken cancellationToken
    )
    {
        if (await runs.GetAsync(tenant.Id, id, cancellationToken) is not { } run)
        {
            return Problem.NotFound("run");
        }

        await runs.CloseAsync(tenant.Id, run, await digest.EndAsync(cancellationToken), cancellationToken);
        var (head, _) = await runs.GetHeadAsync(tenant.Id, id, cancellationToken);
        return TypedResults.Ok(RunStates.Of(run, head));
    }

    private static async Task<Results<PushStreamHttpResult, Problem>> PointsAsync(
        string id,
        CurrentTenant tenant,
        Runs runs,
        CancellationToken cancellationToken
    )
    {
        if (await runs.GetAsync(tenant.Id, id, cancellationToken) is null)
        {
            return Problem.NotFound("run");
        }

        var (head, _) = await runs.GetHeadAsync(tenant.Id, id, cancellationToken);
        return TypedResults.Stream(
            async output =>
            {
                await foreach (var received in runs.SegmentsAsync(tenant.Id, id, head.Next, cancellationToken))
                {
                    await output.WriteAsync(Lines(received.Segment), cancellationToken);
                }
            },
            "application/jsonl"
        );
    }

    private static byte[] Lines(LossSegment segment)
    {
        using var lines = new MemoryStream();
        using var json = new Utf8JsonWriter(lines);
        foreach (var point in segment.Items.OfType<PointItem>())
        {
            json.WriteStartObject();
            LossSegment.WritePoint(json, point.Point);
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            lines.WriteByte((byte)'\n');
        }

        return lines.ToArray();
    }

    private static bool IsValid(IReadOnlyDictionary<string, string> client) =>
        client.Count <= MaxClientEntries
        && client.All(entry => entry.Key.Length <= MaxClientText && entry.Value is { Length: <= MaxClientText });

    private static Problem Refuse(string code, string detail) => new(StatusCodes.Status400BadRequest, code, detail);
}
