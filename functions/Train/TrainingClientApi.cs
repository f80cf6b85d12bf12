using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.LossIngest;
using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;
using Lace.Platform;
using Lace.Records.Training;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Train;

/// <summary>Training clients: made, listed, looked at, deleted.</summary>
internal static class TrainingClientApi
{
    private const int PageClients = 100;

    public static void MapTrainingClients(this RouteGroupBuilder group)
    {
        var clients = group.MapGroup("/training_clients");
        clients
            .MapPost("", CreateAsync)
            .WithSummary("Make a training client")
            .WithDescription(
                "A model of this host to be trained, with LoRA or whole, with differential privacy or without. Privacy needs the number of records: `dp_config.dataset_size`, or a registered dataset. The model is opened by the first operation."
            )
            .Refuses(404, 422, 429);
        clients
            .MapGet("", ListAsync)
            .WithSummary("List training clients that are not deleted, newest first")
            .Refuses(429);
        clients.MapGet("/{id}", GetAsync).WithSummary("One training client").Refuses(404, 429);
        clients
            .MapDelete("/{id}", DeleteAsync)
            .WithSummary("Delete a training client")
            .WithDescription(
                "It takes nothing more, and what it has not begun is cancelled. Its futures, artifacts and privacy ledger stay. Once more is answered the same."
            )
            .Refuses(404, 429);
        clients
            .MapGet("/{id}/dp_metrics", MetricsAsync)
            .WithSummary("What was spent of the privacy budget")
            .WithDescription(
                "ε at `delta` for adding or removing one record, from the stored ledger, by both accountants; upper bounds. 422 without differential privacy."
            )
            .Refuses(404, 422, 429);
    }

    private static async Task<Results<Created<TrainingClientAnswer>, Problem>> CreateAsync(
        HttpContext context,
        RequestDigest digest,
        CreateTrainingClient request,
        CurrentTenant tenant,
        ClientCreation creation,
        MetricsReader metrics,
        CancellationToken cancellationToken
    )
    {
        var audited = await digest.EndAsync(cancellationToken);
        var (client, refusal) = await creation.CreateAsync(tenant.Id, request, audited, cancellationToken);
        return client is null
            ? refusal!
            : TypedResults.Created(
                $"{context.Request.Path}/{client.Id}",
                client.ToAnswer(tenant.Id, await metrics.OfBudgetAsync(tenant.Id, client, cancellationToken))
            );
    }

    private static async Task<Ok<IReadOnlyList<TrainingClientAnswer>>> ListAsync(
        CurrentTenant tenant,
        TrainingClients clients,
        MetricsReader metrics,
        CancellationToken cancellationToken
    )
    {
        var answers = new List<TrainingClientAnswer>();
        string? after = null;
        do
        {
            (var page, after) = await clients.ListAsync(tenant.Id, PageClients, after, cancellationToken);
            foreach (var client in page.Where(client => !client.IsTerminated))
            {
                var spent = await metrics.OfBudgetAsync(tenant.Id, client, cancellationToken);
                answers.Add(client.ToAnswer(tenant.Id, spent));
            }
        } while (after is not null);

        return TypedResults.Ok<IReadOnlyList<TrainingClientAnswer>>(answers);
    }

    private static async Task<Results<Ok<TrainingClientAnswer>, Problem>> GetAsync(
        string id,
        CurrentTenant tenant,
        TrainingClients clients,
        MetricsReader metrics,
        CancellationToken cancellationToken
    ) =>
        await clients.GetAsync(tenant.Id, id, cancellationToken) is { Client: var client }
            ? TypedResults.Ok(
                client.ToAnswer(tenant.Id, await metrics.OfBudgetAsync(tenant.Id, client, cancellationToken))
            )
            : TrainProblems.ClientNotFound;

    private static async Task<Results<Ok<TrainingClientAnswer>, Problem>> DeleteAsync(
        string id,
        RequestDigest digest,
        CurrentTenant tenant,
        TrainingClients clients,
        TrainingRuns trainingRuns,
        Runs runs,
        [FromKeyedServices(PlatformPorts.Losses)] IQueue losses,
        MetricsReader metrics,
        CancellationToken cancellationToken
    )
    {
        var audited = await digest.EndAsync(cancellationToken);
        if (await clients.TerminateAsync(tenant.Id, id, audited, cancellationToken) is not { } client)
        {
            return TrainProblems.ClientNotFound;
        }

        if (
            client.RunLog is not null
            && await runs.GetAsync(tenant.Id, client.Config.RunId!, cancellationToken) is { } run
        )
        {
            await trainingRuns.FinishAsync(tenant.Id, id, losses, cancellationToken);
            await runs.CloseAsync(tenant.Id, run, audited, cancellationToken);
        }

        return TypedResults.Ok(
            client.ToAnswer(tenant.Id, await metrics.OfBudgetAsync(tenant.Id, client, cancellationToken))
        );
    }

    private static async Task<Results<Ok<DpMetrics>, Problem>> MetricsAsync(
        string id,
        CurrentTenant tenant,
        TrainingClients clients,
        MetricsReader metrics,
        CancellationToken cancellationToken
    ) =>
        await clients.GetAsync(tenant.Id, id, cancellationToken) is not { Client: var client }
            ? TrainProblems.ClientNotFound
        : await metrics.OfBothAsync(tenant.Id, client, cancellationToken) is { } both ? TypedResults.Ok(both)
        : TrainProblems.NotPrivate;
}
