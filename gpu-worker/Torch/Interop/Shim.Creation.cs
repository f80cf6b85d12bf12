using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/creation.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_empty(ReadOnlySpan<long> sizes, int n, int type, Place place);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_zeros(ReadOnlySpan<long> sizes, int n, int type, Place place);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_full(ReadOnlySpan<long> sizes, int n, Scalar value, int type, Place place);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_arange(Scalar start, Scalar end, Scalar step, int type, Place place);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_zeros_like(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_full_like(Tensor a, Scalar value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_from_bytes(
        nint data,
        long bytes,
        ReadOnlySpan<long> sizes,
        int n,
        int type,
        Place place
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_from_blob(
        nint data,
        long bytes,
        ReadOnlySpan<long> sizes,
        int n,
        int type,
        nint release,
        nint context
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_copy_to(Tensor a, nint data, long bytes);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_data(Tensor a, out nint data);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_item_real(Tensor a, out double value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_item_whole(Tensor a, out long value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_dim(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_sizes(Tensor a, Span<long> sizes);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_strides(Tensor a, Span<long> strides);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial long lt_numel(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_dtype(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_is_contiguous(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_device_type(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_device_index(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_to_dtype(Tensor a, int type);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_to_device(Tensor a, Place place);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_clone(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_copy_(Tensor a, Tensor source);
}
