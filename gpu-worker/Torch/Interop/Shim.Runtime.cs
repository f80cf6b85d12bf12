using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/runtime.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_abi();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial nint lt_version();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial nint lt_last_error();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial long lt_live_handles();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial void lt_free(nint tensor);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_set_num_threads(int count);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_get_num_threads();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_cuda_is_available(out int result);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_cuda_synchronize(int index);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial nint lt_blas_file();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_openblas_threading();

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_has_mkl();
}
