using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>The element types of the safetensors format, in its order: tensors are written from the last to the first.</summary>
public enum ElementKind
{
    BOOL,
    U8,
    I8,
    F8_E5M2,
    F8_E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

internal static class ElementKinds
{
    public static int Bytes(this ElementKind kind) =>
        kind switch
        {
            <= ElementKind.F8_E4M3 => 1,
            <= ElementKind.BF16 => 2,
            <= ElementKind.F32 => 4,
            _ => 8,
        };

    public static ElementKind Of(ScalarType type) =>
        type switch
        {
            ScalarType.Float32 => ElementKind.F32,
            ScalarType.BFloat16 => ElementKind.BF16,
            ScalarType.Int64 => ElementKind.I64,
            ScalarType.Bool => ElementKind.BOOL,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No element kind."),
        };
}
