using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>
/// A tensor of libtorch, with the names PyTorch and TorchSharp use. It belongs to the innermost <see cref="DisposeScope"/> of the
/// thread that made it. Threads may read one tensor together; whoever frees or changes it sees to it that nobody else uses it.
/// </summary>
/// <exception cref="TorchException">Any member: libtorch refuses shapes, dtypes, devices or indices.</exception>
/// <exception cref="ObjectDisposedException">Any member: the tensor was freed.</exception>
[NativeMarshalling(typeof(TensorMarshaller))]
public sealed partial class Tensor : IDisposable
{
    private nint handle;
    private Orphan? orphan;

    internal Tensor(nint handle, DisposeScope scope)
    {
        this.handle = handle;
        scope.Add(this);
    }

    /// <summary>False after it was freed.</summary>
    public bool IsAlive => handle != 0;

    public int dim => Shim.Check(Shim.lt_dim(this));

    public long[] shape
    {
        get
        {
            var sizes = new long[dim];
            Shim.Check(Shim.lt_sizes(this, sizes));
            return sizes;
        }
    }

    public long[] stride
    {
        get
        {
            var strides = new long[dim];
            Shim.Check(Shim.lt_strides(this, strides));
            return strides;
        }
    }

    public long numel => Shim.Check(Shim.lt_numel(this));

    /// <summary>May be another than the named ones where libtorch made it so.</summary>
    public ScalarType dtype => (ScalarType)Shim.Check(Shim.lt_dtype(this));

    public Device device =>
        new((DeviceType)Shim.Check(Shim.lt_device_type(this)), Shim.Check(Shim.lt_device_index(this)));

    public bool is_contiguous => Shim.Check(Shim.lt_is_contiguous(this)) != 0;

    internal DisposeScope? Scope { get; private set; }

    internal int IndexInScope { get; private set; }

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor));

    /// <summary>The size of one dimension; negative counts from the end.</summary>
    public long size(int dimension)
    {
        var sizes = shape;
        return sizes[dimension < 0 ? sizes.Length + dimension : dimension];
    }

    /// <summary>
    /// Takes it out of its scope: from now on the caller disposes it. As a net, the garbage collector frees it some day after the
    /// last reference is gone.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread's scope owns it.</exception>
    public Tensor DetachFromDisposeScope()
    {
        var owned = Handle;
        if (Scope is { } scope)
        {
            scope.CheckThread();
            scope.Remove(this);
            orphan = new Orphan(owned);
        }

        return this;
    }

    /// <summary>Gives it to the innermost scope of this thread, after <see cref="DetachFromDisposeScope"/>.</summary>
    /// <exception cref="InvalidOperationException">A scope owns it, or there is none.</exception>
    public Tensor AttachToDisposeScope()
    {
        _ = Handle;
        if (Scope is not null)
        {
            throw new InvalidOperationException("The tensor belongs to a scope already.");
        }

        DisposeScope.Innermost.Add(this);
        orphan?.SetHandleAsInvalid();
        orphan = null;
        return this;
    }

    /// <summary>Leaves it to the scope around its own.</summary>
    public Tensor MoveToOuterDisposeScope() =>
        (Scope ?? throw new InvalidOperationException("The tensor belongs to no scope.")).MoveToOuter(this);

    /// <summary>Frees it. Twice is as once.</summary>
    public void Dispose()
    {
        if (Scope is { } scope)
        {
            scope.CheckThread();
            scope.Remove(this);
        }

        Free();
    }

    public override string ToString() =>
        IsAlive ? $"[{string.Join(", ", shape)}], {dtype}, {device}" : "a freed tensor";

    internal void EnterScope(DisposeScope? scope, int index)
    {
        Scope = scope;
        IndexInScope = index;
    }

    internal void Free()
    {
        var owned = Interlocked.Exchange(ref handle, 0);
        if (owned != 0)
        {
            orphan?.SetHandleAsInvalid();
            Scope = null;
            Shim.lt_free(owned);
        }
    }

    /// <summary>The net under a tensor without a scope. Only such tensors pay for a finalizer.</summary>
    private sealed class Orphan : SafeHandle
    {
        public Orphan(nint handle)
            : base(handle, ownsHandle: true) { }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            Shim.lt_free(handle);
            return true;
        }
    }
}
