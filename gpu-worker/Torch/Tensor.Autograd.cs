using Lace.Torch.Interop;

namespace Lace.Torch;

/// <content>Gradients.</content>
public sealed partial class Tensor
{
    public bool requires_grad
    {
        get => Shim.Check(Shim.lt_requires_grad(this)) != 0;
        set => Shim.Check(Shim.lt_set_requires_grad(this, value ? 1 : 0));
    }

    public bool is_leaf => Shim.Check(Shim.lt_is_leaf(this)) != 0;

    /// <summary>What <see cref="backward"/> accumulated, as a tensor of the innermost scope that shares its memory; null before.</summary>
    public Tensor? grad
    {
        get
        {
            Shim.Check(Shim.lt_grad(this, out var gradient));
            return Shim.OwnOrNull(gradient);
        }
        set => Shim.Check(Shim.lt_set_grad(this, value));
    }

    public Tensor requires_grad_()
    {
        requires_grad = true;
        return this;
    }

    /// <summary>Adds the gradient of this tensor to <see cref="grad"/> of every leaf it was computed from.</summary>
    /// <param name="gradient">Of this tensor; none where it is a scalar.</param>
    public void backward(Tensor? gradient = null, bool retain_graph = false) =>
        Shim.Check(Shim.lt_backward(this, gradient, retain_graph ? 1 : 0));

    /// <summary>The same memory without its history.</summary>
    public Tensor detach() => Shim.lt_detach(this);
}
