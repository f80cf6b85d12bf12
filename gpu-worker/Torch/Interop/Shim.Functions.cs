using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/nn.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_linear(Tensor x, Tensor weight, Tensor? bias);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_embedding(Tensor weight, Tensor indices);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_layer_norm(
        Tensor x,
        ReadOnlySpan<long> shape,
        int n,
        Tensor? weight,
        Tensor? bias,
        double eps
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_rms_norm(Tensor x, Tensor weight, double eps);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_softmax(Tensor x, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_log_softmax(Tensor x, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_relu(Tensor x);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_silu(Tensor x);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_gelu(Tensor x, int tanh);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_dropout(Tensor x, double p, int training);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_cross_entropy(
        Tensor x,
        Tensor target,
        Tensor? weight,
        long reduction,
        long ignore_index
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_nll_loss(
        Tensor x,
        Tensor target,
        Tensor? weight,
        long reduction,
        long ignore_index
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_scaled_dot_product_attention(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? mask,
        double p,
        int causal
    );
}
