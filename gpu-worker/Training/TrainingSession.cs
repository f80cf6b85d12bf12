using System.Security.Cryptography;
using Lace.Privacy;
using Lace.Torch;
using Lace.Torch.optim;
using Lace.Worker.Models;
using static Lace.Torch.torch;

namespace Lace.Worker.Training;

/// <summary>
/// One training in the making: a model, its optimizer and what was accumulated since the last step. The batch and the noise of a step
/// are functions of the key and the step's position, so that doing a step again after a crash gives the same bits.
/// </summary>
/// <remarks>
/// Belongs to one thread. A refused call changes nothing. Any other exception (memory, libtorch) may have left half a batch in the
/// sums: the session then refuses everything, and has to be opened again from its last state.
/// </remarks>
public sealed partial class TrainingSession : IDisposable
{
    private readonly TrainingPlan plan;
    private readonly CausalModel model;
    private readonly GradientSum sum;
    private readonly Optimizer optimizer;
    private readonly PoissonSampler? sampler;
    private readonly PlanAccountant? accountant;
    private readonly byte[] noiseKey;
    private readonly string keyId;
    private readonly long dropoutSeed;
    private bool broken;

    private TrainingSession(TrainingPlan plan, CausalModel model, NoiseKey key, GradientSum sum)
    {
        (this.plan, this.model, this.sum) = (plan, model, sum);
        sampler = plan.CreateSampler(key);
        accountant = plan.CreateAccountant(sampler);
        (noiseKey, keyId) = (key.ForNoise(), key.Id);
        dropoutSeed = plan.Privacy is null ? plan.Seed : key.ForDropout();
        optimizer = Optimizers.Create(plan.Optimizer, Parameters);
    }

    /// <summary>Optimizer steps in the model as it is now.</summary>
    public long Step { get; private set; }

    /// <summary>
    /// Steps ever made under this key. It never goes back, not even where an earlier state is loaded: noise or a batch that was used
    /// once must not be used again, as the difference of two results would be free of it.
    /// </summary>
    public long Position { get; private set; }

    public TrainingPlan Plan => plan;

    /// <summary>What ε is computed from; empty without privacy.</summary>
    public PrivacyHistory History => accountant?.History ?? PrivacyHistory.Empty;

    /// <summary>Steps of the history whose batches the caller drew: their sampling was declared, not enforced.</summary>
    public long DeclaredSteps => accountant?.DeclaredSteps ?? 0;

    /// <summary>Whether gradients wait for an optimizer step.</summary>
    public bool HasAccumulated => sum.Passes > 0;

    /// <summary>Draws the batches of <see cref="TrainStep"/>, also in advance, for an order that is committed before training.</summary>
    public PoissonSampler? Sampler => sampler;

    internal GradientSum Accumulated => sum;

    private Tensor[] Parameters => [.. model.Trainable.Select(parameter => parameter.Tensor)];

    /// <summary>Starts at step 0, with the model as it is.</summary>
    /// <param name="model">Adapted already where the plan says LoRA. The session changes its weights; the caller disposes it.</param>
    /// <param name="key">Read, not kept: the caller disposes it.</param>
    /// <exception cref="TrainingRefusedException">The plan is not sound, or not for this model.</exception>
    public static TrainingSession Open(TrainingPlan plan, CausalModel model, NoiseKey key) =>
        Open(
            plan,
            model,
            key,
            parameters =>
                plan.Privacy is null ? new PlainSum(parameters) : new ClippedSum(parameters, plan.CreateClipping())
        );

    /// <param name="sums">What adds up gradients; a test gives one that is wrong on purpose.</param>
    internal static TrainingSession Open(
        TrainingPlan plan,
        CausalModel model,
        NoiseKey key,
        Func<IReadOnlyList<Tensor>, GradientSum> sums
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(key);
        var refusal =
            plan.Refusal
            ?? (
                plan.MaxSequenceLength > model.Config.MaxPositions
                    ? $"max_seq_length is {plan.MaxSequenceLength}; the model has {model.Config.MaxPositions} positions."
                : TrainingPlan.Describe(plan.Lora) != TrainingPlan.Describe(model.Lora)
                    ? "The model has another adapter than the plan, or one and the plan none."
                : null
            );
        return refusal is null
            ? new TrainingSession(plan, model, key, sums([.. model.Trainable.Select(parameter => parameter.Tensor)]))
            : throw new TrainingRefusedException(refusal);
    }

    /// <summary>Computes the caller's batch and adds its gradient to what waits for <see cref="OptimStep"/>; forward only: adds nothing.</summary>
    public ForwardBackwardResult ForwardBackward(ExampleBatch batch, LossFunction loss, bool forwardOnly = false)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(loss);
        Refuse(batch.Refusal(loss, model.Config.VocabSize, plan.MaxSequenceLength));
        var pass = new BatchPass(model, plan, loss);
        if (forwardOnly)
        {
            pass.Evaluate(batch.Examples);
        }
        else
        {
            Changing(() => pass.Accumulate(batch.Examples, sum, Dropout));
        }

        return Disclosed(batch, pass, forwardOnly);
    }

    /// <summary>Makes a step of what the caller's batches accumulated; also of nothing, which is an empty batch.</summary>
    /// <param name="parameters">Null: those of the plan.</param>
    public OptimStepResult OptimStep(OptimizerParameters? parameters = null)
    {
        Refuse(plan.ParametersRefusal(parameters ?? plan.Parameters));
        return Changing(() =>
        {
            accountant?.CountDeclared();
            return Finish(parameters ?? plan.Parameters);
        });
    }

    /// <summary>
    /// One logical step on a registered dataset: the plan's sampler draws the batch, which goes through in micro-batches, then the step
    /// is made. An empty batch is a step too.
    /// </summary>
    public TrainStepResult TrainStep(TokenizedDataset data, OptimizerParameters? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        Refuse(TrainStepRefusal(data) ?? plan.ParametersRefusal(parameters ?? plan.Parameters));
        return Changing(() =>
        {
            var records = sampler!.Batch(Position);
            var pass = new BatchPass(model, plan, LossFunction.CrossEntropy);
            pass.Accumulate([.. records.Select(record => Example.Causal(data[record]))], sum, Dropout);
            accountant?.Count(sampler);
            return Disclosed(records, pass, Finish(parameters ?? plan.Parameters));
        });
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(noiseKey);
        sampler?.Dispose();
        optimizer.Dispose();
        sum.Dispose();
    }

    private string? TrainStepRefusal(TokenizedDataset data) =>
        sampler is null
            ? "A step on a dataset needs its size and the sample rate: give dataset_size and sample_rate (or batch_size)."
        : data.Count != sampler.Plan.DatasetSize
            ? $"The dataset has {data.Count} records, and the plan says {sampler.Plan.DatasetSize}."
        : data.Longest > plan.MaxSequenceLength
            ? $"The dataset was cut at {data.Longest} tokens, and the plan says {plan.MaxSequenceLength}."
        : HasAccumulated ? "Gradients of the caller's batches are waiting: make their step first (optim_step)."
        : null;

    // What changes sums or weights. Whatever stops it in between leaves a state that no log describes.
    private T Changing<T>(Func<T> change)
    {
        broken = true;
        var result = change();
        broken = false;
        return result;
    }

    private void Changing(Action change) =>
        Changing(() =>
        {
            change();
            return true;
        });

    private void Refuse(string? refusal)
    {
        if (broken)
        {
            throw new InvalidOperationException(
                "An operation of this session stopped half way; it goes on from its last state alone."
            );
        }

        if (refusal is not null)
        {
            throw new TrainingRefusedException(refusal);
        }
    }

    // Made anew for each pass from what a state says, so that no generator's own state has to be kept.
    private Generator Dropout() => new(Seeds.Mix(dropoutSeed, Position, sum.Passes), model.Device);
}
