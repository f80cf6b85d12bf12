namespace Lace.Worker.Training;

/// <summary>What came of examples. What is null is withheld; what <see cref="OutsideGuarantee"/> names is exact in spite of privacy.</summary>
/// <param name="Loss">Weighted mean over the positions that count; null where none does.</param>
/// <param name="LossSum">Weighted sum over positions.</param>
/// <param name="Tokens">Positions whose loss counts.</param>
/// <param name="GradNorm">Of what is accumulated so far, not yet divided. Null under privacy and where nothing was accumulated.</param>
/// <param name="Logprobs">Of the targets, one row an example; 0 where none counts. Null for training steps under privacy.</param>
/// <param name="OutsideGuarantee">Members that the guarantee of differential privacy does not cover.</param>
public sealed record ForwardBackwardResult(
    double? Loss,
    double? LossSum,
    int Examples,
    long Tokens,
    double? GradNorm,
    IReadOnlyList<float[]>? Logprobs,
    IReadOnlyList<string> OutsideGuarantee
);

/// <summary>What an optimizer step did.</summary>
/// <param name="Step">Steps made, this one included.</param>
/// <param name="GradNorm">Of the gradient that the optimizer was given: under privacy the noised one, which the step itself discloses.</param>
/// <param name="NoiseApplied">Whether noise was added.</param>
/// <param name="Skipped">The gradient was not finite: it was dropped, and the weights are as before.</param>
public sealed record OptimStepResult(
    long Step,
    double LearningRate,
    double? GradNorm,
    bool NoiseApplied,
    bool Skipped = false
);

/// <summary>What a step on a registered dataset did.</summary>
/// <param name="Loss">Weighted mean over the batch's positions; null where withheld, and where the batch was empty.</param>
/// <param name="Records">Indices of the batch, and so its size; null where withheld.</param>
/// <param name="Tokens">Positions whose loss counted; null where withheld.</param>
public sealed record TrainStepResult(
    OptimStepResult Optimizer,
    double? Loss,
    IReadOnlyList<int>? Records,
    long? Tokens,
    IReadOnlyList<string> OutsideGuarantee
)
{
    public long Step => Optimizer.Step;
}
