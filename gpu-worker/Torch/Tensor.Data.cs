using System.Runtime.InteropServices;
using Lace.Torch.Interop;

namespace Lace.Torch;

/// <content>Elements out of and into memory; other dtypes and devices.</content>
public sealed partial class Tensor
{
    public Tensor to(ScalarType type) => Shim.lt_to_dtype(this, (int)type);

    public Tensor to(Device device) => Shim.lt_to_device(this, device);

    public Tensor clone() => Shim.lt_clone(this);

    /// <summary>Overwrites the elements, from another dtype or device where need be.</summary>
    public Tensor copy_(Tensor src) => After(Shim.lt_copy_(this, src));

    /// <summary>The one element of a tensor, as a float.</summary>
    public float ToSingle()
    {
        Shim.Check(Shim.lt_item_real(this, out var value));
        return (float)value;
    }

    /// <summary>The one element of a tensor, as a whole number.</summary>
    public long ToInt64()
    {
        Shim.Check(Shim.lt_item_whole(this, out var value));
        return value;
    }

    /// <summary>The one element of a tensor, as a condition.</summary>
    public bool ToBoolean() => ToInt64() != 0;

    /// <summary>The elements themselves, not a copy: gone when the last tensor over this memory is freed.</summary>
    /// <typeparam name="T">float, long, bool, or ushort for the bits of bfloat16.</typeparam>
    /// <exception cref="TorchException">The tensor is not on the CPU or not contiguous.</exception>
    /// <exception cref="ArgumentException">Its dtype is another.</exception>
    public unsafe Span<T> data<T>()
        where T : unmanaged
    {
        CheckElements<T>();
        Shim.Check(Shim.lt_data(this, out var start));
        return new Span<T>((void*)start, checked((int)numel));
    }

    /// <summary>Copies the elements in the order of rows, from any device and memory order.</summary>
    /// <exception cref="ArgumentException">Another dtype, or another number of elements.</exception>
    public unsafe void CopyTo<T>(Span<T> elements)
        where T : unmanaged
    {
        CheckElements<T>();
        if (elements.Length != numel)
        {
            throw new ArgumentException($"{elements.Length} elements for a tensor of {numel}.", nameof(elements));
        }

        fixed (T* start = elements)
        {
            Shim.Check(Shim.lt_copy_to(this, (nint)start, MemoryMarshal.AsBytes(elements).Length));
        }
    }

    /// <inheritdoc cref="CopyTo{T}"/>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        var elements = new T[numel];
        CopyTo<T>(elements);
        return elements;
    }

    private void CheckElements<T>()
        where T : unmanaged
    {
        if (ElementType.Of<T>() is var type && type != dtype)
        {
            throw new ArgumentException($"The tensor is {dtype}, not {type}.");
        }
    }
}
