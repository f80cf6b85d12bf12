using Lace.Privacy;

namespace Lace.Worker.Training;

/// <summary>Who drew the batches of a step.</summary>
public enum BatchOrigin
{
    /// <summary>The plan's own sampler, here.</summary>
    Worker,

    /// <summary>The caller, who declared to sample so. Nobody enforced it, and a certificate has to say that.</summary>
    Declared,
}

/// <summary>
/// Counts the steps of one plan, for the one sampler of that plan: an ε for batches that came from elsewhere would be about a training
/// that did not happen.
/// </summary>
/// <remarks>It counts logical steps: one noise, one count, however many micro-batches, also none.</remarks>
public sealed class PlanAccountant
{
    private readonly PoissonSampler? sampler;
    private readonly SampledGaussian mechanism;

    internal PlanAccountant(PrivacyPlan privacy, SamplingPlan sampling, PoissonSampler? sampler)
    {
        this.sampler = sampler;
        mechanism = new SampledGaussian(sampling.SampleRate, privacy.NoiseMultiplier);
    }

    /// <summary>Every step that is part of the model: what ε is computed from.</summary>
    public PrivacyHistory History { get; private set; } = PrivacyHistory.Empty;

    /// <summary>Of those, how many had batches that the caller drew.</summary>
    public long DeclaredSteps { get; private set; }

    /// <summary>Counts a step whose batch this sampler drew.</summary>
    /// <exception cref="InvalidOperationException">It is not the sampler that the accountant was given.</exception>
    internal void Count(PoissonSampler drawnBy)
    {
        if (!ReferenceEquals(drawnBy, sampler))
        {
            throw new InvalidOperationException(
                "The batch comes from a sampler that the accountant was not given: its steps are not those of the plan."
            );
        }

        History = History.With(mechanism);
    }

    /// <summary>Counts a step whose batch the caller drew, by the plan's rate as it says.</summary>
    internal void CountDeclared()
    {
        History = History.With(mechanism);
        DeclaredSteps++;
    }

    /// <summary>Takes over what a loaded model has spent elsewhere.</summary>
    internal void Add(PrivacyHistory other, long declaredSteps)
    {
        History = other.Phases.Aggregate(History, (sum, phase) => sum.With(phase.Mechanism, phase.Steps));
        DeclaredSteps += declaredSteps;
    }

    /// <summary>Goes back to what a state says; for going on with the same key alone.</summary>
    internal void Set(PrivacyHistory history, long declaredSteps) =>
        (History, DeclaredSteps) = (history, declaredSteps);
}
