namespace Lace.Evidence.Certificates;

/// <summary>Something that a certificate's ε says nothing about.</summary>
/// <param name="Code">For programs; never changes its meaning.</param>
/// <param name="Sentence">For people; a later version may word it better.</param>
public sealed record NotCoveredPoint(string Code, string Sentence)
{
    private static readonly NotCoveredPoint DeclaredSampling = new(
        "declared_sampling",
        "The caller sent the batches and declares that each record entered them independently at the sample rate. If they were drawn in another way, a record was sent more than once for one step, or the dataset has fewer records than stated, the guarantee is weaker."
    );

    private static readonly NotCoveredPoint[] Always =
    [
        new(
            "run_losses",
            "Losses, token probabilities and gradient norms that were returned during the training, or recorded into a run, carry no noise."
        ),
        new(
            "batch_membership",
            "The guarantee assumes that nobody learns which records a step used: not for whoever drew the batches, nor for readers of a run's loss log that names them."
        ),
        new(
            "hyperparameter_search",
            "Settings chosen by looking at trainings on the same data spend privacy that is not counted here."
        ),
        new("other_trainings", "Other trainings, statistics and releases on the same records add to this one."),
        new("timing", "How long a step took grows with its batch, and was not hidden."),
        new("several_records", "A person or document with several records is protected less than one record is."),
        new("base_model", "Records that the base model was trained on are not protected by this training."),
        new("floating_point", "The noise is made of floating-point numbers: attacks on their low bits are outside."),
        new(
            "execution",
            "No hardware quote was checked: that the stated program did what it states is the signer's word."
        ),
    ];

    /// <summary>The fixed list of a certificate, in its order.</summary>
    public static IReadOnlyList<NotCoveredPoint> For(SamplingBasis sampling) =>
        sampling == SamplingBasis.EnforcedByWorker ? Always : [DeclaredSampling, .. Always];
}
