using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/arithmetic.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_neg(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_abs(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_exp(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_log(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_sqrt(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_rsqrt(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_sin(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_cos(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_tanh(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_sigmoid(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_isfinite(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_logical_not(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_add(Tensor a, Tensor b, Scalar alpha);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_add_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_sub(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_sub_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_rsub_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_mul(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_mul_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_div(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_div_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_pow(Tensor a, Scalar exponent);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_maximum(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_minimum(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_clamp_min(Tensor a, Scalar limit);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_clamp_max(Tensor a, Scalar limit);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_where(Tensor condition, Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_masked_fill(Tensor a, Tensor mask, Scalar value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_logical_and(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_logical_or(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_eq(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_eq_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_ne(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_ne_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_lt(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_lt_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_le(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_le_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_gt(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_gt_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_ge(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_ge_scalar(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_matmul(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_mm(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_mv(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_bmm(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_addmm(Tensor c, Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_add_(Tensor a, Tensor b, Scalar alpha);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_add_scalar_(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_sub_(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_mul_(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_mul_scalar_(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_div_(Tensor a, Tensor b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_div_scalar_(Tensor a, Scalar b);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_addcmul_(Tensor a, Tensor b, Tensor c, Scalar value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_addcdiv_(Tensor a, Tensor b, Tensor c, Scalar value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_sqrt_(Tensor a);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_fill_(Tensor a, Scalar value);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_zero_(Tensor a);
}
