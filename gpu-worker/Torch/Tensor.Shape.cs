using Lace.Torch.Interop;

namespace Lace.Torch;

/// <content>Views, other orders, selections. Negative dimensions count from the end.</content>
public sealed partial class Tensor
{
    /// <summary>The same elements in another shape, of which one size may be -1; a view where the memory allows it.</summary>
    public Tensor reshape(params ReadOnlySpan<long> shape) => Shim.lt_reshape(this, shape, shape.Length);

    /// <summary>As <see cref="reshape"/>, but never a copy.</summary>
    public Tensor view(params ReadOnlySpan<long> shape) => Shim.lt_view(this, shape, shape.Length);

    public Tensor expand(params ReadOnlySpan<long> sizes) => Shim.lt_expand(this, sizes, sizes.Length);

    public Tensor permute(params ReadOnlySpan<long> dims) => Shim.lt_permute(this, dims, dims.Length);

    public Tensor transpose(long dim0, long dim1) => Shim.lt_transpose(this, dim0, dim1);

    public Tensor t() => Shim.lt_t(this);

    public Tensor unsqueeze(long dim) => Shim.lt_unsqueeze(this, dim);

    public Tensor squeeze(long dim) => Shim.lt_squeeze(this, dim);

    public Tensor flatten(long start_dim = 0, long end_dim = -1) => Shim.lt_flatten(this, start_dim, end_dim);

    public Tensor contiguous() => Shim.lt_contiguous(this);

    public Tensor select(long dim, long index) => Shim.lt_select(this, dim, index);

    public Tensor narrow(long dim, long start, long length) => Shim.lt_narrow(this, dim, start, length);

    public Tensor repeat_interleave(long repeats, long dim) => Shim.lt_repeat_interleave(this, repeats, dim);

    public Tensor index_select(long dim, Tensor index) => Shim.lt_index_select(this, dim, index);

    public Tensor gather(long dim, Tensor index) => Shim.lt_gather(this, dim, index);

    /// <summary>Adds each slice of <paramref name="source"/> to the slice that <paramref name="index"/> names.</summary>
    public Tensor index_add_(long dim, Tensor index, Tensor source) =>
        After(Shim.lt_index_add_(this, dim, index, source));

    /// <summary>Views of at most <paramref name="chunks"/> parts, equal but for the last.</summary>
    public Tensor[] chunk(int chunks, long dim = 0)
    {
        DisposeScope.Require();
        var made = new nint[Math.Max(chunks, 0)];
        Shim.Check(Shim.lt_chunk(this, chunks, dim, made, out var count));
        return Array.ConvertAll(made[..count], Shim.Own);
    }
}
