using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;
using Lace.Functions.Train.Rules;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>Makes training clients of what can be trained: the rules, the model, the records, the quota, in this order.</summary>
internal sealed class ClientCreation(HostedModels models, TrainingDataFinder data, TrainingClients clients)
{
    /// <summary>The new training client, or why there is none.</summary>
    public async Task<(TrainingClient? Client, Problem? Refusal)> CreateAsync(
        TenantId tenant,
        CreateTrainingClient request,
        AuditedRequest audited,
        CancellationToken cancellationToken
    )
    {
        if (ClientRules.Check(request) is { } refusal)
        {
            return (null, refusal);
        }

        if (models.Find(request.ModelRef) is not { } model)
        {
            return (null, TrainProblems.ModelNotFound(request.ModelRef));
        }

        if (request.MaxSeqLength > model.Positions)
        {
            return (null, Field.Refuse("max_seq_length", $"the model has {model.Positions:N0} positions."));
        }

        (var found, refusal) = await data.FindAsync(tenant, request, cancellationToken);
        if (found is null)
        {
            return (null, refusal);
        }

        var (made, charge) = await clients.CreateAsync(
            tenant,
            request.ToStored(model, found),
            audited,
            cancellationToken
        );
        return made is null ? (null, TrainProblems.TooManyClients(charge)) : (made, null);
    }
}
