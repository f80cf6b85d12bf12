namespace Lace.Torch;

/// <summary>What the elements of a tensor are. The numbers are libtorch's.</summary>
public enum ScalarType
{
    Int64 = 4,
    Float32 = 6,
    Bool = 11,

    /// <summary>In memory of .NET: its 16 bits, as a <see cref="ushort"/>.</summary>
    BFloat16 = 15,
}

internal static class ElementType
{
    /// <exception cref="ArgumentException">No dtype has elements of this type.</exception>
    public static ScalarType Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? ScalarType.Float32
        : typeof(T) == typeof(long) ? ScalarType.Int64
        : typeof(T) == typeof(bool) ? ScalarType.Bool
        : typeof(T) == typeof(ushort) ? ScalarType.BFloat16
        : throw new ArgumentException($"No dtype has elements of the type {typeof(T)}: float, long, bool or ushort.");
}
