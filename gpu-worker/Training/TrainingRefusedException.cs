namespace Lace.Worker.Training;

/// <summary>What the caller asked for is not done; the message says why and what to do, and holds no record's content.</summary>
/// <remarks>Nothing was changed: a refused operation leaves parameters, sums, accountant and position as they were.</remarks>
public sealed class TrainingRefusedException(string message) : Exception(message);
