using Lace.Torch.Interop;

namespace Lace.Torch;

/// <content>Elementwise, comparisons, products; a name that ends in an underscore changes the tensor itself and returns it.</content>
public sealed partial class Tensor
{
    public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

    public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

    public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

    public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

    public static Tensor operator -(Tensor left, Scalar right) => Shim.lt_sub_scalar(left, right);

    public static Tensor operator -(Scalar left, Tensor right) => Shim.lt_rsub_scalar(right, left);

    public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

    public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

    public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

    public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

    public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

    public static Tensor operator -(Tensor tensor) => tensor.neg();

    /// <summary>this + <paramref name="alpha"/> · <paramref name="other"/></summary>
    public Tensor add(Tensor other, Scalar alpha) => Shim.lt_add(this, other, alpha);

    public Tensor add(Tensor other) => Shim.lt_add(this, other, 1);

    public Tensor add(Scalar other) => Shim.lt_add_scalar(this, other);

    public Tensor sub(Tensor other) => Shim.lt_sub(this, other);

    public Tensor mul(Tensor other) => Shim.lt_mul(this, other);

    public Tensor mul(Scalar other) => Shim.lt_mul_scalar(this, other);

    public Tensor div(Tensor other) => Shim.lt_div(this, other);

    public Tensor div(Scalar other) => Shim.lt_div_scalar(this, other);

    public Tensor pow(Scalar exponent) => Shim.lt_pow(this, exponent);

    public Tensor neg() => Shim.lt_neg(this);

    public Tensor abs() => Shim.lt_abs(this);

    public Tensor exp() => Shim.lt_exp(this);

    public Tensor log() => Shim.lt_log(this);

    public Tensor sqrt() => Shim.lt_sqrt(this);

    public Tensor rsqrt() => Shim.lt_rsqrt(this);

    public Tensor sin() => Shim.lt_sin(this);

    public Tensor cos() => Shim.lt_cos(this);

    public Tensor tanh() => Shim.lt_tanh(this);

    public Tensor sigmoid() => Shim.lt_sigmoid(this);

    public Tensor clamp_min(Scalar min) => Shim.lt_clamp_min(this, min);

    public Tensor clamp_max(Scalar max) => Shim.lt_clamp_max(this, max);

    public Tensor masked_fill(Tensor mask, Scalar value) => Shim.lt_masked_fill(this, mask, value);

    public Tensor matmul(Tensor other) => Shim.lt_matmul(this, other);

    public Tensor isfinite() => Shim.lt_isfinite(this);

    public Tensor logical_not() => Shim.lt_logical_not(this);

    public Tensor logical_and(Tensor other) => Shim.lt_logical_and(this, other);

    public Tensor logical_or(Tensor other) => Shim.lt_logical_or(this, other);

    public Tensor eq(Tensor other) => Shim.lt_eq(this, other);

    public Tensor eq(Scalar other) => Shim.lt_eq_scalar(this, other);

    public Tensor ne(Tensor other) => Shim.lt_ne(this, other);

    public Tensor ne(Scalar other) => Shim.lt_ne_scalar(this, other);

    public Tensor lt(Tensor other) => Shim.lt_lt(this, other);

    public Tensor lt(Scalar other) => Shim.lt_lt_scalar(this, other);

    public Tensor le(Tensor other) => Shim.lt_le(this, other);

    public Tensor le(Scalar other) => Shim.lt_le_scalar(this, other);

    public Tensor gt(Tensor other) => Shim.lt_gt(this, other);

    public Tensor gt(Scalar other) => Shim.lt_gt_scalar(this, other);

    public Tensor ge(Tensor other) => Shim.lt_ge(this, other);

    public Tensor ge(Scalar other) => Shim.lt_ge_scalar(this, other);

    /// <summary>this += <paramref name="alpha"/> · <paramref name="other"/></summary>
    public Tensor add_(Tensor other, Scalar alpha) => After(Shim.lt_add_(this, other, alpha));

    public Tensor add_(Tensor other) => After(Shim.lt_add_(this, other, 1));

    public Tensor add_(Scalar other) => After(Shim.lt_add_scalar_(this, other));

    public Tensor sub_(Tensor other) => After(Shim.lt_sub_(this, other));

    public Tensor mul_(Tensor other) => After(Shim.lt_mul_(this, other));

    public Tensor mul_(Scalar other) => After(Shim.lt_mul_scalar_(this, other));

    public Tensor div_(Tensor other) => After(Shim.lt_div_(this, other));

    public Tensor div_(Scalar other) => After(Shim.lt_div_scalar_(this, other));

    /// <summary>this += <paramref name="value"/> · <paramref name="tensor1"/> · <paramref name="tensor2"/></summary>
    public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
        After(Shim.lt_addcmul_(this, tensor1, tensor2, value));

    /// <summary>this += <paramref name="value"/> · <paramref name="tensor1"/> / <paramref name="tensor2"/></summary>
    public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
        After(Shim.lt_addcdiv_(this, tensor1, tensor2, value));

    public Tensor sqrt_() => After(Shim.lt_sqrt_(this));

    public Tensor fill_(Scalar value) => After(Shim.lt_fill_(this, value));

    public Tensor zero_() => After(Shim.lt_zero_(this));

    public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
        After(Shim.lt_normal_(this, mean, std, generator ?? Generator.OfDevice));

    public Tensor uniform_(double from = 0, double to = 1, Generator? generator = null) =>
        After(Shim.lt_uniform_(this, from, to, generator ?? Generator.OfDevice));

    /// <summary>Ones with probability <paramref name="p"/>, else zeros.</summary>
    public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
        After(Shim.lt_bernoulli_(this, p, generator ?? Generator.OfDevice));

    private Tensor After(int status)
    {
        Shim.Check(status);
        return this;
    }
}
