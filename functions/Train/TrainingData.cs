using Lace.Evidence.Datasets;
using Lace.Functions.LossIngest;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Functions.Train.Messages;
using Lace.Functions.Train.Rules;
using Lace.Platform;
using Lace.Privacy;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>What is known of the records of a training.</summary>
/// <param name="Root">Of the attestation, 64 hex digits.</param>
/// <param name="Sampling">Null where nothing says how many records there are.</param>
internal sealed record TrainingData(string? AttestationId, string? Root, TrainingSampling? Sampling);

/// <summary>Finds out how many records a training has and how they get into batches: what its ε is computed from.</summary>
internal sealed class TrainingDataFinder(HostedDatasets datasets, Attestations attestations, Runs runs)
{
    private const string NoSize =
        "without the number of records no ε can be stated. Send dp_config.dataset_size, or register the dataset: dataset.path of a file on this host, or attestation_id of a complete attestation.";

    public async Task<(TrainingData? Data, Problem? Refusal)> FindAsync(
        TenantId tenant,
        CreateTrainingClient request,
        CancellationToken cancellationToken
    )
    {
        var run = request.Run is { } id ? await runs.GetAsync(tenant, id, cancellationToken) : null;
        if (request.Run is not null && run is null)
        {
            return (null, TrainProblems.RunNotFound);
        }

        var attestationId = request.AttestationId ?? request.Dataset?.AttestationId ?? run?.AttestationId;
        if (run is not null && run.AttestationId != attestationId)
        {
            return (null, Field.Refuse("run", "is of another attestation than the one that is named."));
        }

        Attestation? attestation = null;
        if (attestationId is not null)
        {
            attestation = (await attestations.GetAsync(tenant, attestationId, cancellationToken))?.Document;
            if (attestation is not { Status: Attestation.Complete, Revoked: null })
            {
                return (null, TrainProblems.DatasetNotFound(attestationId));
            }
        }

        var (counted, refusal) = Count(request.Dataset);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        (var sampling, refusal) = Sample(request, attestation?.Dataset.Records, counted);
        return refusal is null
            ? (new TrainingData(attestationId, attestation?.Dataset.Root, sampling), null)
            : (null, refusal);
    }

    private (long? Records, Problem? Refusal) Count(DatasetConfig? dataset)
    {
        if (dataset?.Path is not { } name)
        {
            return (null, null);
        }

        if (datasets.Find(name) is not { } path)
        {
            return (null, TrainProblems.DatasetNotFound(name));
        }

        try
        {
            var records = HostedDatasets.Count(path, dataset.Format);
            return records > 0
                ? (records, null)
                : (null, Field.Refuse("dataset.path", "has no record in a file of a known kind; name its format."));
        }
        catch (DatasetException unreadable)
        {
            return (null, Field.Refuse("dataset.path", unreadable.Message));
        }
    }

    private static (TrainingSampling? Sampling, Problem? Refusal) Sample(
        CreateTrainingClient request,
        long? attested,
        long? counted
    )
    {
        var dp = request.DpConfig is { Enabled: true } enabled ? enabled : null;
        if ((counted ?? attested ?? dp?.DatasetSize) is not { } size)
        {
            return dp is null ? (null, null) : (null, Field.Refuse("dp_config.dataset_size", NoSize));
        }

        if ((attested ?? size) != size)
        {
            return (null, Field.Refuse("dataset.path", $"has {size:N0} records, and its attestation {attested:N0}."));
        }

        if ((dp?.DatasetSize ?? size) != size)
        {
            return (
                null,
                Field.Refuse(
                    "dp_config.dataset_size",
                    $"{dp!.DatasetSize}: the registered dataset has {size:N0} records."
                )
            );
        }

        var batch = (double)request.BatchSize * request.GradientAccumulationSteps;
        var rate = dp?.SampleRate ?? batch / size;
        if (rate > 1)
        {
            return (
                null,
                Field.Refuse(
                    "dp_config.sample_rate",
                    $"would be {rate}: batch_size times gradient_accumulation_steps is more than the {size:N0} records."
                )
            );
        }

        return dp is not null && new RecordSampling(size, Sampler.Poisson).DeltaProblem(dp.TargetDelta) is { } tooGreat
            ? (null, Field.Refuse("dp_config.target_delta", tooGreat))
            : (new TrainingSampling(size, rate), null);
    }
}
