using System.Buffers;
using System.Runtime.InteropServices;
using Lace.Torch.Interop;

namespace Lace.Torch;

public static partial class torch
{
    /// <summary>Its elements are whatever the memory held.</summary>
    public static Tensor empty(
        ReadOnlySpan<long> size,
        ScalarType dtype = ScalarType.Float32,
        Device device = default
    ) => Shim.lt_empty(size, size.Length, (int)dtype, device);

    public static Tensor zeros(
        ReadOnlySpan<long> size,
        ScalarType dtype = ScalarType.Float32,
        Device device = default
    ) => Shim.lt_zeros(size, size.Length, (int)dtype, device);

    public static Tensor ones(
        ReadOnlySpan<long> size,
        ScalarType dtype = ScalarType.Float32,
        Device device = default
    ) => full(size, 1, dtype, device);

    public static Tensor full(
        ReadOnlySpan<long> size,
        Scalar value,
        ScalarType dtype = ScalarType.Float32,
        Device device = default
    ) => Shim.lt_full(size, size.Length, value, (int)dtype, device);

    /// <summary>From <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public static Tensor arange(
        Scalar start,
        Scalar end,
        Scalar step,
        ScalarType dtype = ScalarType.Int64,
        Device device = default
    ) => Shim.lt_arange(start, end, step, (int)dtype, device);

    public static Tensor arange(long end, ScalarType dtype = ScalarType.Int64, Device device = default) =>
        arange(0, end, 1, dtype, device);

    public static Tensor zeros_like(Tensor input) => Shim.lt_zeros_like(input);

    public static Tensor ones_like(Tensor input) => Shim.lt_full_like(input, 1);

    public static Tensor full_like(Tensor input, Scalar value) => Shim.lt_full_like(input, value);

    /// <summary>A copy of the elements, in the order of rows, in the given shape (by default one dimension).</summary>
    /// <typeparam name="T">float, long, bool, or ushort for the bits of bfloat16.</typeparam>
    public static unsafe Tensor tensor<T>(
        ReadOnlySpan<T> elements,
        ReadOnlySpan<long> size = default,
        Device device = default
    )
        where T : unmanaged
    {
        ReadOnlySpan<long> flat = [elements.Length];
        var shape = size.IsEmpty ? flat : size;
        fixed (T* data = elements)
        {
            return Shim.lt_from_bytes(
                (nint)data,
                MemoryMarshal.AsBytes(elements).Length,
                shape,
                shape.Length,
                (int)ElementType.Of<T>(),
                device
            );
        }
    }

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(float value) => full([], value);

    /// <summary>A tensor over this very memory, which stays pinned until no tensor uses it any more. Nothing is copied.</summary>
    /// <typeparam name="T">float, long, bool, or ushort for the bits of bfloat16.</typeparam>
    public static unsafe Tensor from_memory<T>(Memory<T> memory, ReadOnlySpan<long> size)
        where T : unmanaged
    {
        var dtype = ElementType.Of<T>();
        var pin = memory.Pin();
        return Shim.lt_from_blob(
            (nint)pin.Pointer,
            MemoryMarshal.AsBytes(memory.Span).Length,
            size,
            size.Length,
            (int)dtype,
            (nint)(delegate* unmanaged<nint, void>)&Release,
            GCHandle.ToIntPtr(GCHandle.Alloc(pin))
        );
    }

    /// <summary>libtorch calls it exactly once, on whichever thread lets the memory go.</summary>
    [UnmanagedCallersOnly]
    private static void Release(nint context)
    {
        var handle = GCHandle.FromIntPtr(context);
        ((MemoryHandle)handle.Target!).Dispose();
        handle.Free();
    }
}
