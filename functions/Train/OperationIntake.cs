using System.Text.Json;
using Lace.Functions.Access;
using Lace.Functions.Problems;
using Lace.Functions.Train.Rules;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>An operation as a caller asks for it.</summary>
/// <param name="Body">The request without its place.</param>
/// <param name="Steps">Optimizer steps that it makes.</param>
/// <param name="Check">What is wrong with it for this training client and its model; null where nothing is.</param>
/// <param name="ArtifactId">That it loads.</param>
internal sealed record AskedOperation(
    OperationKind Kind,
    long? SeqId,
    byte[] Body,
    long Steps,
    Func<TrainingClient, HostedModel, Problem?> Check,
    string? ArtifactId = null
);

/// <summary>Takes operations into the log of their training client.</summary>
internal sealed class OperationIntake(
    TrainingClients clients,
    OperationLog log,
    HostedModels models,
    TrainingQuota quota
)
{
    /// <summary>How long operations that answer with their result are waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The operation as it was accepted, now or before, or why it was not.</summary>
    public async Task<(OperationView? View, Problem? Refusal)> AcceptAsync(
        CurrentTenant current,
        string id,
        AskedOperation asked,
        AuditedRequest audited,
        CancellationToken cancellationToken
    )
    {
        var tenant = current.Id;
        if (await clients.GetAsync(tenant, id, cancellationToken) is not { Client: var client })
        {
            return (null, TrainProblems.ClientNotFound);
        }

        if (asked.SeqId < 1)
        {
            return (null, Field.Refuse("seq_id", "counts from 1."));
        }

        // A repeat is answered whatever has changed since: the model's folder, the queue.
        if (asked.SeqId is not { } place || !client.Has(place))
        {
            if (models.Find(client.Config.ModelRef) is not { } model)
            {
                return (null, TrainProblems.ModelNotFound(client.Config.ModelRef));
            }

            var refusal =
                asked.Check(client, model)
                ?? await quota.PendingRefusalAsync(tenant, current.Plan, cancellationToken)
                ?? (
                    asked.Kind == OperationKind.SaveState
                        ? await quota.ArtifactsRefusalAsync(tenant, cancellationToken)
                        : null
                );
            if (refusal is not null)
            {
                return (null, refusal);
            }
        }

        var request = new OperationRequest(asked.Kind, asked.Body, asked.SeqId, asked.Steps, audited, asked.ArtifactId);
        var acceptance = await log.AcceptAsync(tenant, id, request, cancellationToken);
        return acceptance.Operation is { FutureId: var future }
            ? (await log.GetAsync(tenant, future, cancellationToken), null)
            : (null, RefusalOf(acceptance, asked));
    }

    /// <summary>The operation when it has ended, or as it is after <see cref="Patience"/>.</summary>
    public async Task<OperationView> WaitAsync(
        TenantId tenant,
        OperationView accepted,
        CancellationToken cancellationToken
    ) =>
        await log.WaitAsync(tenant, accepted.Operation.FutureId, Patience, cancellationToken)
        ?? throw new InvalidDataException("An accepted operation is gone from the store.");

    /// <summary>Null where it cannot be read any more: the tenant's keys were destroyed, or the store was changed.</summary>
    public async Task<JsonElement?> ResultAsync(
        TenantId tenant,
        OperationView completed,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return JsonElement.Parse(await log.ResultAsync(tenant, completed.Operation, cancellationToken));
        }
        catch (PayloadException)
        {
            return null;
        }
    }

    private static Problem RefusalOf(Acceptance acceptance, AskedOperation asked) =>
        acceptance.Outcome switch
        {
            AcceptOutcome.ClientNotFound => TrainProblems.ClientNotFound,
            AcceptOutcome.ArtifactNotFound => TrainProblems.ArtifactNotFound,
            AcceptOutcome.Terminated => TrainProblems.ClientTerminated,
            AcceptOutcome.SeqConflict => TrainProblems.SequenceConflict(asked.SeqId ?? 0),
            AcceptOutcome.SeqTooFar => Field.Refuse(
                "seq_id",
                $"is more than {OperationLog.MaxAhead:N0} beyond the next one, {acceptance.Client!.NextSeq}."
            ),
            AcceptOutcome.BudgetExceeded => TrainProblems.BudgetExceeded,
            AcceptOutcome.MaxStepsReached => TrainProblems.MaxStepsReached(acceptance.Client!.Config.MaxSteps ?? 0),
            AcceptOutcome.QueueFull => TrainProblems.QueueFull(acceptance.Client!.Pending),
            _ => throw new InvalidOperationException($"{acceptance.Outcome} is no refusal."),
        };
}
