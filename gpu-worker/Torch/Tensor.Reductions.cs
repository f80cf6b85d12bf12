using Lace.Torch.Interop;

namespace Lace.Torch;

/// <content>Sums, extremes, order. No dimensions named: over all of them.</content>
public sealed partial class Tensor
{
    public Tensor sum(ReadOnlySpan<long> dim = default, bool keepdim = false) =>
        Shim.lt_sum(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor mean(ReadOnlySpan<long> dim = default, bool keepdim = false) =>
        Shim.lt_mean(this, dim, dim.Length, keepdim ? 1 : 0);

    /// <summary>The p-norm.</summary>
    public Tensor norm(Scalar p, ReadOnlySpan<long> dim = default, bool keepdim = false) =>
        Shim.lt_norm(this, p, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor amax(ReadOnlySpan<long> dim = default, bool keepdim = false) =>
        Shim.lt_amax(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor amin(ReadOnlySpan<long> dim = default, bool keepdim = false) =>
        Shim.lt_amin(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor argmax(long dim, bool keepdim = false) => Shim.lt_argmax(this, dim, keepdim ? 1 : 0);

    public Tensor cumsum(long dim) => Shim.lt_cumsum(this, dim);

    public Tensor logsumexp(ReadOnlySpan<long> dim, bool keepdim = false) =>
        Shim.lt_logsumexp(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor all() => Shim.lt_all(this);

    public Tensor any() => Shim.lt_any(this);

    public (Tensor Values, Tensor Indices) topk(long k, long dim = -1)
    {
        DisposeScope.Require();
        Shim.Check(Shim.lt_topk(this, k, dim, out var values, out var indices));
        return (Shim.Own(values), Shim.Own(indices));
    }

    public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false)
    {
        DisposeScope.Require();
        Shim.Check(Shim.lt_sort(this, dim, descending ? 1 : 0, out var values, out var indices));
        return (Shim.Own(values), Shim.Own(indices));
    }
}
