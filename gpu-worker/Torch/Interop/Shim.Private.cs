using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/private_*.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_book_new(ReadOnlySpan<nint> parameters, int count, out nint made);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial void lt_book_free(nint book);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_book_begin(GradientBook book, long examples);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_book_set_method(GradientBook book, long method);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_book_sum(GradientBook book, int slot);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_book_zero(GradientBook book);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_book_linear(GradientBook book, Tensor x, Tensor weight, Tensor? bias);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_book_lora(
        GradientBook book,
        Tensor x,
        Tensor dropped,
        Tensor weight,
        Tensor? bias,
        Tensor a,
        Tensor b,
        double scaling
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_book_embedding(GradientBook book, Tensor weight, Tensor ids);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_book_layer_norm(
        GradientBook book,
        Tensor x,
        Tensor weight,
        Tensor? bias,
        double eps
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_book_rms_norm(GradientBook book, Tensor x, Tensor weight, double eps);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_book_finish(
        GradientBook book,
        int clipping,
        double norm,
        double gamma,
        Span<float> norms,
        Span<float> factors,
        Span<long> counts
    );
}
