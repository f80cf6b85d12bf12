using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;
using Lace.Functions.Train.Rules;
using Lace.Platform;
using Lace.Records.Training;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Train;

/// <summary>Accepted operations: looked at, waited for, cancelled.</summary>
internal static class FutureApi
{
    private const double MaxWaitSeconds = 60;

    public static void MapFutures(this RouteGroupBuilder group)
    {
        var futures = group.MapGroup("/futures/{id}");
        futures
            .MapGet("", GetAsync)
            .WithSummary("One future")
            .WithDescription(
                "`wait` holds the answer for so many seconds, 0 to 60, until the operation has ended. Until then `type` is `try_again`, and `queue_state` says what it waits for."
            )
            .Refuses(404, 422, 429);
        futures
            .MapGet("/result", ResultAsync)
            .WithSummary("The result of a future")
            .WithDescription(
                "200 with `result` or `error` when it has ended, 202 until then; `wait` as for the future itself."
            )
            .Produces<FutureAnswer>(StatusCodes.Status202Accepted)
            .Refuses(404, 410, 422, 429);
        futures
            .MapPost("/cancel", CancelAsync)
            .WithSummary("Cancel what has not begun")
            .WithDescription("`success` is false where it had begun or ended. Its reserved ε is given back.")
            .Refuses(404, 429);
    }

    private static async Task<Results<Ok<FutureAnswer>, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        OperationLog log,
        CancellationToken cancellationToken,
        double wait = 0
    )
    {
        if (CheckWait(wait) is { } refusal)
        {
            return refusal;
        }

        return await log.WaitAsync(tenant.Id, id, TimeSpan.FromSeconds(wait), cancellationToken) is { } view
            ? TypedResults.Ok(view.ToAnswer())
            : TrainProblems.FutureNotFound;
    }

    private static async Task<Results<Ok<FutureAnswer>, Accepted<FutureAnswer>, Problem>> ResultAsync(
        string id,
        CurrentTenant tenant,
        OperationLog log,
        OperationIntake intake,
        CancellationToken cancellationToken,
        double wait = 0
    )
    {
        if (CheckWait(wait) is { } refusal)
        {
            return refusal;
        }

        if (await log.WaitAsync(tenant.Id, id, TimeSpan.FromSeconds(wait), cancellationToken) is not { } view)
        {
            return TrainProblems.FutureNotFound;
        }

        if (!view.Operation.HasEnded)
        {
            return TypedResults.Accepted((string?)null, view.ToAnswer());
        }

        if (view.Operation.Status != OperationStatus.Completed)
        {
            return TypedResults.Ok(view.ToAnswer());
        }

        return await intake.ResultAsync(tenant.Id, view, cancellationToken) is { } result
            ? TypedResults.Ok(view.ToAnswer(result))
            : TrainProblems.ResultGone;
    }

    private static async Task<Results<Ok<Cancelled>, Problem>> CancelAsync(
        string id,
        RequestDigest digest,
        CurrentTenant tenant,
        OperationLog log,
        CancellationToken cancellationToken
    )
    {
        var audited = await digest.EndAsync(cancellationToken);
        return await log.GetAsync(tenant.Id, id, cancellationToken) is null
            ? TrainProblems.FutureNotFound
            : TypedResults.Ok(new Cancelled(await log.CancelAsync(tenant.Id, id, audited, cancellationToken)));
    }

    private static Problem? CheckWait(double wait) => Field.InRange("wait", wait, 0, MaxWaitSeconds);
}
