using System.Runtime.InteropServices;
using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>
/// Clipped sums of per-example gradients out of one ordinary backward pass (docs/private-training.md). A step: <see cref="begin"/>,
/// a forward through the layers below, <c>backward()</c> of the sum of the examples' losses, <see cref="finish"/>; several batches
/// add up in <see cref="sums"/> until <see cref="zero_sums"/>.
/// </summary>
/// <remarks>
/// Dimension 0 of every input counts the examples, and no other layer may let one example depend on another. A weight is used once
/// in a forward, but for an embedding table that is the weight of one linear layer too. A book belongs to one thread at a time.
/// </remarks>
/// <exception cref="TorchException">Any member: libtorch or the book refuses; the message says why.</exception>
public sealed class GradientBook : SafeHandle
{
    private readonly Tensor[] clipped;
    private long examples = -1;

    /// <param name="parameters">
    /// What is trained, without <c>requires_grad</c>, and kept alive by the caller. The place of each is its place in <see cref="sums"/>.
    /// </param>
    public GradientBook(IReadOnlyList<Tensor> parameters)
        : base(0, ownsHandle: true)
    {
        var tensors = parameters.ToArray();
        Shim.Check(Shim.lt_book_new(Shim.Handles(tensors), tensors.Length, out var made));
        SetHandle(made);
        GC.KeepAlive(tensors);
        using var scope = new DisposeScope();
        clipped = new Tensor[tensors.Length];
        for (var slot = 0; slot < clipped.Length; slot++)
        {
            clipped[slot] = Shim.lt_book_sum(this, slot).DetachFromDisposeScope();
        }
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Σ c_b G_b over the finished batches, one float32 tensor a parameter. The book's own: changed by it, freed with it.</summary>
    public IReadOnlyList<Tensor> sums => clipped;

    /// <summary>Opens a physical batch; one that was not finished is forgotten.</summary>
    /// <param name="examples">How many; none is fine.</param>
    public void begin(long examples)
    {
        Shim.Check(Shim.lt_book_begin(this, examples));
        this.examples = examples;
    }

    /// <summary>x Wᵀ + b. What is no parameter of the book is frozen.</summary>
    public Tensor linear(Tensor x, Tensor weight, Tensor? bias = null) => Shim.lt_book_linear(this, x, weight, bias);

    /// <summary>x Wᵀ + bias + scaling · (x Aᵀ) Bᵀ, of which A and B are trained.</summary>
    public Tensor lora(Tensor x, Tensor weight, Tensor? bias, Tensor a, Tensor b, double scaling) =>
        lora(x, x, weight, bias, a, b, scaling);

    /// <summary>As above, with the input of the path of A and B after dropout.</summary>
    public Tensor lora(Tensor x, Tensor dropped, Tensor weight, Tensor? bias, Tensor a, Tensor b, double scaling) =>
        Shim.lt_book_lora(this, x, dropped, weight, bias, a, b, scaling);

    /// <summary>Rows of a table. Positions too are looked up for every example, ids of the shape (B, T).</summary>
    public Tensor embedding(Tensor weight, Tensor ids) => Shim.lt_book_embedding(this, weight, ids);

    /// <summary>Over the last dimension.</summary>
    public Tensor layer_norm(Tensor x, Tensor weight, Tensor? bias = null, double eps = 1e-5) =>
        Shim.lt_book_layer_norm(this, x, weight, bias, eps);

    /// <summary>x / √(mean(x²) + eps) · weight, over the last dimension.</summary>
    public Tensor rms_norm(Tensor x, Tensor weight, double eps = 1e-6) => Shim.lt_book_rms_norm(this, x, weight, eps);

    /// <summary>
    /// After the backward: bounds every example's gradient and adds what is left to <see cref="sums"/>. An example whose gradient is not
    /// finite is left out, and nothing of it gets into the sums.
    /// </summary>
    public ClippedBatch finish(Clipping clipping)
    {
        var norms = new float[Math.Max(examples, 0)];
        var factors = new float[norms.Length];
        Span<long> counts = stackalloc long[2];
        Shim.Check(
            Shim.lt_book_finish(this, clipping.Kind, clipping.ClippingNorm, clipping.Gamma, norms, factors, counts)
        );
        return new ClippedBatch(norms, factors, (int)counts[0], (int)counts[1]);
    }

    public void zero_sums() => Shim.Check(Shim.lt_book_zero(this));

    /// <summary>For tests: one way of computing norms for all linear layers, instead of the cheaper for each.</summary>
    internal void Force(NormMethod method) => Shim.Check(Shim.lt_book_set_method(this, (long)method));

    protected override void Dispose(bool disposing)
    {
        if (disposing && clipped is not null)
        {
            foreach (var sum in clipped)
            {
                sum?.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        Shim.lt_book_free(handle);
        return true;
    }
}

/// <summary>How the norm of a linear layer's per-example gradient is computed. The numbers are the shim's.</summary>
internal enum NormMethod
{
    /// <summary>Whichever is cheaper for the layer's shape.</summary>
    ByCost = 0,

    /// <summary>From the gradient itself, which is kept.</summary>
    Instantiate = 1,

    /// <summary>From products of inputs and of output gradients.</summary>
    Ghost = 2,
}
