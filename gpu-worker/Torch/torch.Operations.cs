using Lace.Torch.Interop;

namespace Lace.Torch;

public static partial class torch
{
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        var kept = tensors.ToArray();
        var result = Shim.lt_cat(Shim.Handles(kept), kept.Length, dim);
        GC.KeepAlive(kept);
        return result;
    }

    public static Tensor stack(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        var kept = tensors.ToArray();
        var result = Shim.lt_stack(Shim.Handles(kept), kept.Length, dim);
        GC.KeepAlive(kept);
        return result;
    }

    public static Tensor matmul(Tensor input, Tensor other) => Shim.lt_matmul(input, other);

    public static Tensor mm(Tensor input, Tensor mat2) => Shim.lt_mm(input, mat2);

    public static Tensor mv(Tensor input, Tensor vec) => Shim.lt_mv(input, vec);

    public static Tensor bmm(Tensor input, Tensor mat2) => Shim.lt_bmm(input, mat2);

    /// <summary><paramref name="input"/> + <paramref name="mat1"/> · <paramref name="mat2"/></summary>
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2) => Shim.lt_addmm(input, mat1, mat2);

    public static Tensor where(Tensor condition, Tensor input, Tensor other) => Shim.lt_where(condition, input, other);

    public static Tensor maximum(Tensor input, Tensor other) => Shim.lt_maximum(input, other);

    public static Tensor minimum(Tensor input, Tensor other) => Shim.lt_minimum(input, other);

    public static Tensor tril(Tensor input, long diagonal = 0) => Shim.lt_tril(input, diagonal);

    public static Tensor triu(Tensor input, long diagonal = 0) => Shim.lt_triu(input, diagonal);
}
