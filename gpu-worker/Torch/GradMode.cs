using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>Whether this thread records operations for gradients; the mode before comes back at the end of the <c>using</c>.</summary>
public readonly ref struct GradMode
{
    private readonly bool before;

    internal GradMode(bool enabled)
    {
        before = torch.is_grad_enabled();
        Shim.lt_set_grad_enabled(enabled ? 1 : 0);
    }

    public void Dispose() => Shim.lt_set_grad_enabled(before ? 1 : 0);
}
