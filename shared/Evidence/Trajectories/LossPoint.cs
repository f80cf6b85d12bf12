namespace Lace.Evidence.Trajectories;

/// <summary>One logged loss with the records it was computed on, as captured.</summary>
/// <param name="Step">Optimizer step, from 0. It may go back after a resume.</param>
/// <param name="Loss">Mean loss of the point; not finite where the run diverged.</param>
/// <param name="Batch">All micro-batches of all steps that the point averages; null where the monitor could not see them.</param>
/// <param name="Tokens">Target tokens of the point, where known: a fact of the run, not of the claim.</param>
/// <param name="Steps">Number of optimizer steps averaged into the point.</param>
/// <param name="AtMilliseconds">Capture time by the client's clock, milliseconds since the Unix epoch; 0 where unknown.</param>
public sealed record LossPoint(
    long Step,
    double Loss,
    IReadOnlyList<MicroBatch>? Batch = null,
    long? Tokens = null,
    double? LearningRate = null,
    int Steps = 1,
    long AtMilliseconds = 0
);

/// <summary>Record indices of one micro-batch, and its place in the epoch's order where that was committed.</summary>
public sealed record MicroBatch(IReadOnlyList<int> Records, int? Epoch = null, long? Position = null);
