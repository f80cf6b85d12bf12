namespace Lace.Torch;

/// <summary>What became of a physical batch. It tells about single examples: not for anyone outside the worker.</summary>
/// <param name="Norms">The norm of each example's gradient before clipping; NaN where it is not finite.</param>
/// <param name="Factors">What part of that norm is left; 0 for a masked example.</param>
/// <param name="Clipped">Examples of which something was cut.</param>
/// <param name="Masked">Examples left out because their gradient is not finite.</param>
public sealed record ClippedBatch(float[] Norms, float[] Factors, int Clipped, int Masked);
