using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/reductions.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_sum(Tensor a, ReadOnlySpan<long> dims, int n, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_mean(Tensor a, ReadOnlySpan<long> dims, int n, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_norm(Tensor a, Scalar p, ReadOnlySpan<long> dims, int n, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_amax(Tensor a, ReadOnlySpan<long> dims, int n, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_amin(Tensor a, ReadOnlySpan<long> dims, int n, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_argmax(Tensor a, long dim, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_cumsum(Tensor a, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_logsumexp(Tensor a, ReadOnlySpan<long> dims, int n, int keep);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_all(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_any(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_topk(Tensor a, long k, long dim, out nint values, out nint indices);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_sort(Tensor a, long dim, int descending, out nint values, out nint indices);
}
