using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/shape.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_reshape(Tensor a, ReadOnlySpan<long> sizes, int n);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_view(Tensor a, ReadOnlySpan<long> sizes, int n);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_expand(Tensor a, ReadOnlySpan<long> sizes, int n);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_permute(Tensor a, ReadOnlySpan<long> order, int n);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_transpose(Tensor a, long first, long second);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_t(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_unsqueeze(Tensor a, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_squeeze(Tensor a, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_flatten(Tensor a, long first, long last);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_contiguous(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_select(Tensor a, long dim, long index);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_narrow(Tensor a, long dim, long start, long length);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_repeat_interleave(Tensor a, long repeats, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_index_select(Tensor a, long dim, Tensor index);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_gather(Tensor a, long dim, Tensor index);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_index_add_(Tensor a, long dim, Tensor index, Tensor source);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_tril(Tensor a, long diagonal);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_triu(Tensor a, long diagonal);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_cat(ReadOnlySpan<nint> tensors, int count, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_stack(ReadOnlySpan<nint> tensors, int count, long dim);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_chunk(Tensor a, int count, long dim, Span<nint> chunks, out int written);
}
