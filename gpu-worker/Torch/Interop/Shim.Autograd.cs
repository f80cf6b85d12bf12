using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/autograd.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_grad_enabled();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial void lt_set_grad_enabled(int enabled);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_requires_grad(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_set_requires_grad(Tensor a, int value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_is_leaf(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_detach(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_backward(Tensor a, Tensor? gradient, int retain_graph);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_grad(Tensor a, out nint gradient);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_set_grad(Tensor a, Tensor? gradient);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_autograd_grad(
        Tensor output,
        ReadOnlySpan<nint> inputs,
        int count,
        Tensor? gradient,
        int retain_graph,
        int create_graph,
        int allow_unused,
        Span<nint> gradients
    );
}
