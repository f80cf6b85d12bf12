using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lace.Privacy;
using Lace.Records.Training;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>What is stored of an artifact does not open; the training is as it was.</summary>
internal sealed class ArtifactException(ArtifactFault fault)
    : Exception(
        fault switch
        {
            ArtifactFault.WrongKey => "The artifact's key is gone, or is not a key of this artifact of this tenant.",
            ArtifactFault.WrongKeyOrContext =>
                "What is stored is not this artifact: it was sealed as another object, for another tenant, or under another key.",
            ArtifactFault.NotSealed => "What is stored is no sealed file.",
            _ => "The artifact was changed or cut in the store.",
        }
    )
{
    public string Code =>
        fault switch
        {
            ArtifactFault.WrongKey => "ARTIFACT_KEY",
            ArtifactFault.WrongKeyOrContext => "ARTIFACT_CONTEXT",
            ArtifactFault.NotSealed => "ARTIFACT_NOT_SEALED",
            _ => "ARTIFACT_ALTERED",
        };
}

/// <summary>Does one operation on an opened training, and says what has to be stored with its end.</summary>
internal sealed class OperationRunner(WorkerStores stores, ClientLease lease, OpenedTraining training, RunRecorder? run)
{
    private const string ArtifactType = "training_state";
    private const long LargestSeed = (1L << 53) - 1;

    private TrainingSession Session => training.Session;

    /// <summary>Does it. The session has changed where this returns; nothing is stored yet.</summary>
    public Task<Completion> RunAsync(Operation operation, ReadOnlyMemory<byte> request) =>
        operation.Kind switch
        {
            OperationKind.ForwardBackward => Task.FromResult(Forward(request, forwardOnly: false)),
            OperationKind.Forward => Task.FromResult(Forward(request, forwardOnly: true)),
            OperationKind.OptimStep => StepAsync(operation, request),
            OperationKind.TrainStep => TrainAsync(operation, request),
            OperationKind.Sample => Task.FromResult(Sample(request)),
            OperationKind.SaveState => SaveAsync(request),
            _ => LoadAsync(request),
        };

    /// <summary>Takes a session through an operation that ended before. It changes the session as it did then, and tells nobody.</summary>
    public async Task ReplayAsync(Operation operation, ReadOnlyMemory<byte> request)
    {
        switch (operation.Kind)
        {
            case OperationKind.ForwardBackward:
                Forward(request, forwardOnly: false);
                break;
            case OperationKind.OptimStep:
                Session.OptimStep(Plans.Of(Read(request, RequestJson.Default.StepRequest), Session.Plan));
                break;
            case OperationKind.TrainStep:
                Train(Read(request, RequestJson.Default.StepRequest));
                break;
            case OperationKind.LoadState:
                await LoadAsync(request);
                break;
        }
    }

    private Completion Forward(ReadOnlyMemory<byte> request, bool forwardOnly)
    {
        var asked = Read(request, RequestJson.Default.ForwardRequest);
        if (asked.IsEmpty && Session.Plan.Privacy is not null)
        {
            return Done(new ForwardResult(null, null, null, 0, 0, [], null), ResultJson.Default.ForwardResult);
        }

        var loss = LossFunction.Parse(asked.LossFn, asked.LossFnConfig);
        var result = Session.ForwardBackward(asked.ToBatch(), loss, forwardOnly);
        return Done(
            new ForwardResult(
                Finite(result.Loss),
                Finite(result.LossSum),
                Finite(result.GradNorm),
                result.Tokens,
                result.Examples,
                result.Logprobs is { } rows ? [.. rows.Select(row => new LossOutput(Finite(row)))] : null,
                Listed(result.OutsideGuarantee)
            ),
            ResultJson.Default.ForwardResult
        );
    }

    private async Task<Completion> StepAsync(Operation operation, ReadOnlyMemory<byte> request)
    {
        var asked = Read(request, RequestJson.Default.StepRequest);
        var result = Session.OptimStep(Plans.Of(asked, Session.Plan));
        return Done(
            new StepResult(
                result.Step,
                result.LearningRate,
                Finite(result.GradNorm),
                result.Skipped,
                await MetricsAsync(operation)
            ),
            ResultJson.Default.StepResult
        );
    }

    private async Task<Completion> TrainAsync(Operation operation, ReadOnlyMemory<byte> request)
    {
        var asked = Read(request, RequestJson.Default.StepRequest);
        _ = training.Data; // refused before anything is committed
        if (run is not null)
        {
            await run.PrepareAsync(Session.Position, asked.Steps);
        }

        var steps = Train(asked);
        var client = lease.Client;
        var isLast =
            client.Config.MaxSteps is { } most
            && client is { Pending: 1, StepsAccepted: var accepted }
            && accepted >= most;
        var logged = run is null ? null : await run.RecordAsync(steps, isLast);
        var last = steps[^1].Result;
        return Done(
            new TrainResult(
                last.Step,
                steps.Count,
                last.Optimizer.LearningRate,
                Finite(last.Loss),
                [.. steps.Select(step => Finite(step.Result.Loss))],
                steps.Any(step => step.Result.Tokens is null) ? null : steps.Sum(step => step.Result.Tokens),
                [
                    .. steps.Select(step => new TrainedStep(
                        step.Result.Step,
                        Finite(step.Result.Loss),
                        Finite(step.Result.Optimizer.GradNorm),
                        step.Result.Optimizer.Skipped,
                        step.Result.Records,
                        step.Result.Tokens
                    )),
                ],
                await MetricsAsync(operation),
                Listed(last.OutsideGuarantee)
            ),
            ResultJson.Default.TrainResult
        ) with
        {
            RunLog = logged,
        };
    }

    private List<LoggedStep> Train(StepRequest asked)
    {
        var parameters = Plans.Of(asked, Session.Plan);
        var steps = new List<LoggedStep>(asked.Steps);
        for (var i = 0; i < asked.Steps; i++)
        {
            var position = Session.Position;
            var result = Session.TrainStep(training.Data, parameters);
            steps.Add(new LoggedStep(position, result, stores.Clock.GetUtcNow()));
        }

        return steps;
    }

    private Completion Sample(ReadOnlyMemory<byte> request)
    {
        var asked = Read(request, RequestJson.Default.SampleRequest);
        var seed = asked.Seed ?? (long)(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) & LargestSeed);
        var sampler = new TextSampler(training.Model, training.Tokenizer);
        var stops = asked.StopSequences ?? [];
        var samples = new List<Sampled>();
        foreach (var (i, prompt) in asked.Prompts.Index())
        {
            var result = sampler.Sample(
                training.Tokenizer.Encode(prompt),
                new SamplingSettings
                {
                    MaxTokens = asked.MaxTokens,
                    Temperature = asked.Temperature,
                    TopP = asked.TopP,
                    TopK = Math.Max(asked.TopK, 0),
                    Stop = stops,
                    Seed = seed + i,
                    Samples = asked.NumSamples,
                    PromptLogprobs = asked.PromptLogprobs,
                }
            );
            samples.AddRange(
                result.Continuations.Select(text => new Sampled(
                    prompt,
                    text.Text,
                    text.Tokens.Count,
                    text.FinishReason == FinishReason.Stop ? "stop" : "length",
                    text.Tokens,
                    asked.Logprobs ? Finite([.. text.Logprobs]) : null,
                    result.PromptLogprobs
                ))
            );
        }

        return Done(
            new SampleResult(
                samples,
                Session.Step,
                new(asked.MaxTokens, asked.Temperature, asked.TopP, asked.TopK, stops, asked.NumSamples, seed)
            ),
            ResultJson.Default.SampleResult
        );
    }

    private async Task<Completion> SaveAsync(ReadOnlyMemory<byte> request)
    {
        var asked = Read(request, RequestJson.Default.SaveRequest);
        var now = stores.Clock.GetUtcNow();
        var (id, blob, key) = await stores.Artifacts.SealAsync(
            lease.Tenant,
            now,
            stream => Session.Save(stream, asked.IncludeOptimizer)
        );
        var budget = await stores.Clients.BudgetAsync(lease.Tenant, lease.ClientId);
        var artifact = new Artifact(
            id,
            lease.ClientId,
            asked.Name,
            training.Config.ModelRef,
            blob,
            key,
            Convert.ToHexStringLower(SHA256.HashData(key))[..16],
            Session.Step,
            asked.IncludeOptimizer,
            training.Model.WeightsDigest,
            budget is not null,
            budget is null
                ? null
                :
                [
                    .. budget.Spent.Phases.Select(phase => new StoredPhase(
                        phase.Mechanism.SampleRate,
                        phase.Mechanism.NoiseMultiplier,
                        phase.Steps
                    )),
                ],
            budget?.DeclaredSteps ?? 0,
            now,
            asked.Metadata
        );
        var certificate = await Certificates.SignAsync(stores, lease, training, budget, id, blob);
        return Done(
            new SaveResult(
                id,
                ArtifactType,
                asked.Name,
                blob.SealedBytes,
                new ArtifactEncryption(Artifact.Algorithm, artifact.KeyId),
                "sha256:" + blob.Sha256,
                asked.Metadata ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal),
                now,
                Session.Step,
                asked.IncludeOptimizer,
                certificate is not null,
                budget is null ? null : Metrics(budget)
            ),
            ResultJson.Default.SaveResult
        ) with
        {
            Also = stores.Artifacts.Keep(lease.Tenant, artifact, certificate),
            Produced = [id],
            ArtifactBytes = blob.SealedBytes,
        };
    }

    private async Task<Completion> LoadAsync(ReadOnlyMemory<byte> request)
    {
        var asked = Read(request, RequestJson.Default.LoadRequest);
        var artifact =
            await stores.Artifacts.GetAsync(lease.Tenant, asked.ArtifactId)
            ?? throw new TrainingRefusedException("There is no such artifact.");
        var (fault, content) = await stores.Artifacts.OpenAsync(lease.Tenant, artifact);
        if (content is null)
        {
            throw new ArtifactException(fault);
        }

        await using (content)
        {
            var foreign = Load(content, asked.IncludeOptimizer);
            if (
                training.Config.Privacy is not null
                && artifact.ClientId != lease.ClientId
                && foreign.Steps > (artifact.History ?? []).Sum(phase => phase.Steps)
            )
            {
                throw new InvalidDataException("The artifact spent more than was charged for it.");
            }
        }

        return Done(new LoadResult(lease.ClientId, artifact.Id, Session.Step), ResultJson.Default.LoadResult) with
        {
            Consumed = [artifact.Id],
        };
    }

    private PrivacyHistory Load(Stream content, bool withOptimizer)
    {
        try
        {
            return Session.Load(content, withOptimizer);
        }
        catch (PayloadException)
        {
            throw new ArtifactException(ArtifactFault.Altered);
        }
    }

    /// <summary>As they will be once the operation has ended.</summary>
    private async Task<StepMetrics?> MetricsAsync(Operation operation) =>
        await stores.Clients.BudgetAsync(lease.Tenant, lease.ClientId) is { } budget
            ? Metrics(budget.Commit(operation.Seq))
            : null;

    private static StepMetrics Metrics(BudgetRecord budget)
    {
        var metrics = budget.Metrics;
        return new(true, metrics.Epsilon, metrics.Epsilon, metrics.Delta, metrics.Steps);
    }

    private Completion Done<T>(T result, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(result, type), Session.Step);

    private static T Read<T>(ReadOnlyMemory<byte> request, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(request.Span, type) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw new TrainingRefusedException("The request cannot be read.");
        }
    }

    private static IReadOnlyList<string>? Listed(IReadOnlyList<string> names) => names.Count > 0 ? names : null;

    // JSON has no number for these.
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static float?[] Finite(float[] values) =>
        Array.ConvertAll(values, value => float.IsFinite(value) ? value : (float?)null);
}
