using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/noise.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_noise_add(
        Tensor sum,
        double deviation,
        ReadOnlySpan<byte> key,
        ulong step,
        uint parameter,
        int bits
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_noise_blocks(
        ReadOnlySpan<byte> key,
        ulong step,
        uint parameter,
        uint first,
        Span<byte> blocks,
        int count
    );
}
