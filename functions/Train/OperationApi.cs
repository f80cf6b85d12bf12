using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;
using Lace.Functions.Train.Rules;
using Lace.Records.Training;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Train;

/// <summary>What can be asked of a training client. Each is an operation of its log, in the order of <c>seq_id</c>.</summary>
internal static class OperationApi
{
    private const long MaxBatchBytes = 16 << 20;

    private const string Ordered =
        " Executed in the order of `seq_id`; the same body under the same `seq_id` is the same operation.";

    private const string Waited =
        " Answers 200 with the result within 30 s, else 202 with the future; `Location` names the future.";

    public static void MapOperations(this RouteGroupBuilder group)
    {
        var client = group.MapGroup("/training_clients/{id}");
        client
            .MapPost("/forward_backward", ForwardBackwardAsync)
            .LimitBody(MaxBatchBytes)
            .WithSummary("Accumulate the gradients of a batch")
            .WithDescription(
                "Under differential privacy each record's gradient, clipped. No gradient leaves the worker; losses and log-probabilities are exact and outside the guarantee."
                    + Ordered
            )
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(404, 409, 413, 415, 422, 429, 503);
        client
            .MapPost("/forward", ForwardAsync)
            .LimitBody(MaxBatchBytes)
            .WithSummary("Losses and log-probabilities of a batch, without gradients")
            .WithDescription("Exact, and outside the guarantee of differential privacy." + Ordered)
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(404, 409, 413, 415, 422, 429, 503);
        client
            .MapPost("/optim_step", OptimStepAsync)
            .WithSummary("One optimizer step with what was accumulated")
            .WithDescription(
                "Under differential privacy with noise, also after an empty batch; its ε is reserved now, and a step that would exceed the budget is 400 `DP_BUDGET_EXCEEDED`."
                    + Ordered
            )
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(400, 404, 409, 415, 422, 429, 503);
        client
            .MapPost("/train_step", TrainStepAsync)
            .WithSummary("Steps on the registered dataset")
            .WithDescription(
                "The worker draws each batch by Poisson sampling. The ε of all steps is reserved now." + Ordered
            )
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(400, 404, 409, 415, 422, 429, 503);
        client
            .MapPost("/sample", SampleAsync)
            .LimitBody(MaxBatchBytes)
            .WithSummary("Text from the model as it is trained so far")
            .WithDescription("Costs no ε: it follows from the weights." + Ordered + Waited)
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(404, 409, 413, 415, 422, 429, 500, 503);
        client
            .MapPost("/save_state", SaveStateAsync)
            .WithSummary("A sealed, signed artifact of the state")
            .WithDescription(
                "Model or adapter, with the optimizer and the position; under differential privacy with a certificate."
                    + Ordered
                    + Waited
            )
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(402, 404, 409, 415, 422, 429, 500, 503);
        client
            .MapPost("/load_state", LoadStateAsync)
            .WithSummary("Go on from an artifact")
            .WithDescription(
                "Of this tenant and the same model. What was spent on it by another training client is charged here, 400 `DP_BUDGET_EXCEEDED` where it does not fit."
                    + Ordered
                    + Waited
            )
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(400, 404, 409, 415, 422, 429, 500, 503);
    }

    private static Task<Results<Accepted<FutureAnswer>, Problem>> ForwardBackwardAsync(
        string id,
        RequestDigest digest,
        ForwardBackward request,
        OperationIntake intake,
        HttpContext context
    ) => AcceptAsync(OfBatch(OperationKind.ForwardBackward, request), id, digest, intake, context);

    private static Task<Results<Accepted<FutureAnswer>, Problem>> ForwardAsync(
        string id,
        RequestDigest digest,
        ForwardBackward request,
        OperationIntake intake,
        HttpContext context
    ) => AcceptAsync(OfBatch(OperationKind.Forward, request), id, digest, intake, context);

    private static Task<Results<Accepted<FutureAnswer>, Problem>> OptimStepAsync(
        string id,
        RequestDigest digest,
        OptimStep request,
        OperationIntake intake,
        HttpContext context
    ) =>
        AcceptAsync(
            new(
                OperationKind.OptimStep,
                request.SeqId,
                Body(request with { SeqId = null }, TrainJson.Default.OptimStep),
                Steps: 1,
                (client, _) => OperationRules.Check(request, client.Config.Privacy is not null)
            ),
            id,
            digest,
            intake,
            context
        );

    private static Task<Results<Accepted<FutureAnswer>, Problem>> TrainStepAsync(
        string id,
        RequestDigest digest,
        TrainStep request,
        OperationIntake intake,
        HttpContext context
    ) =>
        AcceptAsync(
            new(
                OperationKind.TrainStep,
                request.SeqId,
                Body(request with { SeqId = null }, TrainJson.Default.TrainStep),
                request.Steps,
                (client, _) =>
                    client.Config.Dataset is null
                        ? TrainProblems.NoDataset
                        : OperationRules.Check(request, client.Config.Privacy is not null)
            ),
            id,
            digest,
            intake,
            context
        );

    private static Task<Results<Ok<JsonElement>, Accepted<FutureAnswer>, Problem>> SampleAsync(
        string id,
        RequestDigest digest,
        Sample request,
        OperationIntake intake,
        HttpContext context
    ) =>
        CompleteAsync(
            new(
                OperationKind.Sample,
                request.SeqId,
                Body(request with { SeqId = null }, TrainJson.Default.Sample),
                Steps: 0,
                (_, _) => OperationRules.Check(request)
            ),
            id,
            digest,
            intake,
            context
        );

    private static Task<Results<Ok<JsonElement>, Accepted<FutureAnswer>, Problem>> SaveStateAsync(
        string id,
        RequestDigest digest,
        SaveState request,
        OperationIntake intake,
        HttpContext context
    ) =>
        CompleteAsync(
            new(
                OperationKind.SaveState,
                request.SeqId,
                Body(request with { SeqId = null }, TrainJson.Default.SaveState),
                Steps: 0,
                (_, _) => OperationRules.Check(request)
            ),
            id,
            digest,
            intake,
            context
        );

    private static Task<Results<Ok<JsonElement>, Accepted<FutureAnswer>, Problem>> LoadStateAsync(
        string id,
        RequestDigest digest,
        LoadState request,
        OperationIntake intake,
        HttpContext context
    ) =>
        CompleteAsync(
            new(
                OperationKind.LoadState,
                request.SeqId,
                Body(request with { SeqId = null }, TrainJson.Default.LoadState),
                Steps: 0,
                (_, _) => null,
                request.ArtifactId
            ),
            id,
            digest,
            intake,
            context
        );

    private static async Task<Results<Accepted<FutureAnswer>, Problem>> AcceptAsync(
        AskedOperation asked,
        string id,
        RequestDigest digest,
        OperationIntake intake,
        HttpContext context
    )
    {
        var audited = await digest.EndAsync(context.RequestAborted);
        var tenant = CurrentTenant.Of(context)!;
        var (view, refusal) = await intake.AcceptAsync(tenant, id, asked, audited, context.RequestAborted);
        return view is null ? refusal! : TypedResults.Accepted(PlaceOf(view, context), view.ToAnswer());
    }

    /// <summary>Accepts and waits a while for the end.</summary>
    private static async Task<Results<Ok<JsonElement>, Accepted<FutureAnswer>, Problem>> CompleteAsync(
        AskedOperation asked,
        string id,
        RequestDigest digest,
        OperationIntake intake,
        HttpContext context
    )
    {
        var audited = await digest.EndAsync(context.RequestAborted);
        var tenant = CurrentTenant.Of(context)!;
        var (accepted, refusal) = await intake.AcceptAsync(tenant, id, asked, audited, context.RequestAborted);
        if (accepted is null)
        {
            return refusal!;
        }

        var view = await intake.WaitAsync(tenant.Id, accepted, context.RequestAborted);
        context.Response.Headers.Location = PlaceOf(view, context);
        return view.Operation.Status switch
        {
            OperationStatus.Completed => await intake.ResultAsync(tenant.Id, view, context.RequestAborted) is { } result
                ? TypedResults.Ok(result)
                : TrainProblems.ResultGone,
            OperationStatus.Failed => TrainProblems.OperationFailed(view.Operation.Error!),
            OperationStatus.Cancelled => TrainProblems.FutureCancelled,
            _ => TypedResults.Accepted(PlaceOf(view, context), view.ToAnswer()),
        };
    }

    private static AskedOperation OfBatch(OperationKind kind, ForwardBackward request) =>
        new(
            kind,
            request.SeqId,
            Body(Plain(request), TrainJson.Default.ForwardBackward),
            Steps: 0,
            (client, model) =>
                BatchRules.Check(
                    request,
                    new BatchLimits(client.Config.MaxSeqLength, model.VocabularySize, client.Config.Privacy is not null)
                )
        );

    /// <summary>Without its place, and an empty batch in its one spelling.</summary>
    private static ForwardBackward Plain(ForwardBackward request) =>
        request.Batch is { InputIds.Count: 0 }
            ? request with
            {
                SeqId = null,
                Batch = null,
                Data = [],
            }
            : request with
            {
                SeqId = null,
            };

    /// <summary>One spelling for each request: what a repeat is known by.</summary>
    private static byte[] Body<T>(T request, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(request, type);

    /// <summary>Under the prefix that the caller used.</summary>
    private static string PlaceOf(OperationView view, HttpContext context)
    {
        var path = context.Request.Path.Value!;
        return $"{path[..path.IndexOf("/training_clients/", StringComparison.Ordinal)]}/futures/{view.Operation.FutureId}";
    }
}
