namespace Lace.Torch;

/// <summary>
/// How the gradient of one example is bounded before it is added to the others: whatever the example, what it adds has a norm of at
/// most <see cref="ClippingNorm"/>.
/// </summary>
public abstract record Clipping
{
    private protected Clipping(double clippingNorm)
    {
        if (!double.IsFinite(clippingNorm) || clippingNorm <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(clippingNorm), clippingNorm, "A clipping norm is positive.");
        }

        ClippingNorm = clippingNorm;
    }

    /// <summary>C, which the noise is a multiple of.</summary>
    public double ClippingNorm { get; }

    internal abstract int Kind { get; }

    internal virtual double Gamma => 0;

    /// <summary>AUTO-S (arXiv 2206.07136): C / (norm + gamma) for every example, so that no threshold has to be tuned.</summary>
    public sealed record Automatic : Clipping
    {
        public Automatic(double clippingNorm, double gamma = 0.01)
            : base(clippingNorm)
        {
            if (!double.IsFinite(gamma) || gamma <= 0)
            {
                throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "Gamma is positive.");
            }

            Gamma = gamma;
        }

        internal override int Kind => 0;

        internal override double Gamma { get; }
    }

    /// <summary>min(1, C / norm), as in the first DP-SGD (arXiv 1607.00133).</summary>
    public sealed record Flat(double ClippingNorm) : Clipping(ClippingNorm)
    {
        internal override int Kind => 1;
    }

    /// <summary>
    /// Each of the K layers alone, to C / √K. A layer's weights are one group: weight and bias, both matrices of LoRA, a tied table
    /// with its head.
    /// </summary>
    public sealed record PerLayer(double ClippingNorm) : Clipping(ClippingNorm)
    {
        internal override int Kind => 2;
    }
}
