using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Lace.Evidence.Datasets;

/// <summary>Asks the processor for a cache line ahead of its use; does nothing where .NET has no such instruction.</summary>
internal static class CachePrefetch
{
    /// <summary>A hint only: it changes no value, and an address that went stale is harmless.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(ref T table, uint index)
        where T : unmanaged => Load(ref table, (nint)index);

    /// <inheritdoc cref="Load{T}(ref T, uint)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load<T>(ref T table, nint index)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref table, index)));
        }
    }
}
